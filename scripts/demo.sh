#!/usr/bin/env bash
# The guide's main path on this machine: sample reports, a server, a provider added by the guide's own
# calls, and what it costs. `demo.sh start` (harmless when it runs already), `demo.sh stop`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh

if [ "$(id -u)" -eq 0 ]; then
    home=/var/lib/kontor-demo # a root's own home is closed to the database's user
else
    home=${XDG_DATA_HOME:-$HOME/.local/share}/kontor-demo
fi
port=${KONTOR_DEMO_PORT:-8001}
url=http://localhost:$port
org=org1234567
kontor=$PWD/build/kontor
pid_file=$home/kontor.pid

running() { [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }

stop() {
    if running; then
        kill "$(cat "$pid_file")"
        while running; do sleep 0.1; done
        echo "The demo is stopped; its data stay in $home."
    else
        echo "The demo does not run."
    fi
    rm -f "$pid_file"
}

sources() { # METHOD PATH [BODY]
    curl -sSf -X "$1" "$url/api/sources/v3.1$2" -H "Content-Type: application/json" \
        -H "x-rh-sources-org-id: $org" ${3:+-d "$3"}
}

costs() { # QUERY
    local identity
    identity=$(printf '{"identity":{"org_id":"%s","type":"User","user":{"username":"demo","email":"demo@localhost","is_org_admin":true}},"entitlements":{"cost_management":{"is_entitled":true}}}' \
        "$org" | base64 -w0)
    curl -sSfg "$url/api/cost-management/v1/reports/aws/costs/?$1" -H "x-rh-identity: $identity"
}

await() { # SECONDS WHAT COMMAND…
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ]; then
            echo "$what did not happen in time; see $home/kontor.log" >&2
            exit 1
        fi
        sleep 0.2
    done
}

start_server() {
    running && return
    mkdir -p "$home"
    chmod 755 "$home"
    KONTOR_S3_ENDPOINT=file://$home/buckets KONTOR_DEFAULT_ORG=$org KONTOR_POLL_INTERVAL=60 \
        setsid "$kontor" serve --data-dir "$home/data" --listen "127.0.0.1:$port" \
        >>"$home/kontor.log" 2>&1 </dev/null &
    echo $! >"$pid_file"
    await 60 "The server's start" curl -sf "$url/health"
}

add_provider() {
    local type application source
    source=$(sources GET "/sources?name=My%20AWS%20Account" | jq -r '.data[0].id // empty')
    if [ -z "$source" ]; then
        type=$(sources GET /source_types | jq -r '.data[] | select(.name=="amazon") | .id')
        application=$(sources GET /application_types |
            jq -r '.data[] | select(.name=="/insights/platform/cost-management") | .id')
        source=$(sources POST /sources "{\"name\": \"My AWS Account\", \"source_type_id\": \"$type\"}" | jq -r .id)
        sources POST /authentications "{\"resource_type\": \"Source\", \"resource_id\": \"$source\",
            \"authtype\": \"cloud-meter-arn\",
            \"username\": \"arn:aws:iam::123456789012:role/CostManagementRole\"}" >/dev/null
        sources POST /applications "{\"source_id\": \"$source\", \"application_type_id\": \"$application\",
            \"extra\": {\"bucket\": \"cost-data\", \"report_name\": \"my-cost-report\", \"report_prefix\": \"\"}}" >/dev/null
        echo "Provider \"My AWS Account\" added (source $source); its reports are being read."
    fi
}

both_months_are_there() {
    [ "$(costs 'filter[time_scope_units]=month&filter[time_scope_value]=-1&filter[resolution]=monthly' |
        jq '.meta.total.cost.total.value > 0')" = true ] &&
        [ "$(costs 'filter[time_scope_units]=month&filter[time_scope_value]=-2&filter[resolution]=monthly' |
            jq '.meta.total.cost.total.value > 0')" = true ]
}

show() { # TITLE QUERY PLURAL NAME
    echo
    echo "$1"
    costs "$2" | jq -r --arg plural "$3" --arg name "$4" '
        .data[] | .date as $date | if $plural == "" then .values[]? | [$date, .cost.total.value, .cost.total.units]
        else .[$plural][]? | [.[$name], .values[0].cost.total.value, .values[0].cost.total.units] end | @tsv' |
        awk -F'\t' '{ printf "  %-28s %12.2f %s\n", $1, $2, $3; sum += $2 } END { printf "  %-28s %12.2f\n", "total", sum }'
}

start() {
    install_packages curl jq
    "$kontor" sample-data "$home/buckets" >/dev/null
    start_server
    add_provider
    await 120 "The ingest of the sample reports" both_months_are_there
    local this='filter[time_scope_units]=month&filter[time_scope_value]=-1'
    show "This month by service" "$this&filter[resolution]=monthly&group_by[service]=*" services service
    show "This month by day" "$this&filter[resolution]=daily" "" ""
    cat <<TEXT

The server runs (make demo-stop ends it):
  $url/ in a browser
  $url/api/cost-management/v1/reports/aws/costs/?group_by[service]=*
  $url/api/sources/v3.1/sources
  $url/api/sources/v3.1/openapi.json
Its data are in $home; $kontor psql --data-dir $home/data opens the database.
TEXT
}

case "${1:-start}" in
start) start ;;
stop) stop ;;
*)
    echo "usage: demo.sh start|stop" >&2
    exit 2
    ;;
esac
