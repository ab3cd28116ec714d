{{- define "kontor.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "kontor.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The parts: values key, role (and label component), name of Service and Deployment behind the full name. */}}
{{- define "kontor.parts" -}}
- {values: sourcesApi, role: sources-api, name: sources-api}
- {values: costManagementApi, role: cost-management-api, name: koku-api}
- {values: masu, role: masu, name: masu}
{{- end -}}

{{/* The chart's own databases: values key, label component, name, database's name. */}}
{{- define "kontor.databases" -}}
- {values: koku, component: database, name: koku-db, database: koku, password: koku-password}
- {values: sources, component: sources-database, name: sources-db, database: sources_api_development, password: sources-password}
{{- end -}}

{{/* dict "root" $ "component" "masu" */}}
{{- define "kontor.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "kontor.labels" -}}
{{ include "kontor.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: cost-management
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "kontor.databaseSecret" -}}
{{- .Values.database.existingSecret | default (printf "%s-database" (include "kontor.fullname" .)) -}}
{{- end -}}

{{- define "kontor.keySecret" -}}
{{- .Values.secretKey.existingSecret | default (printf "%s-secret-key" (include "kontor.fullname" .)) -}}
{{- end -}}

{{/* A password that stays what it is over upgrades: dict "root" $ "secret" name "key" key */}}
{{- define "kontor.password" -}}
{{- $old := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- if and $old (hasKey ($old.data | default dict) .key) -}}
{{- index $old.data .key | b64dec -}}
{{- else -}}
{{- randAlphaNum 32 -}}
{{- end -}}
{{- end -}}

{{/* Refuses what can't work or is not safe, with the remedy. */}}
{{- define "kontor.check" -}}
{{- if and (not .Values.database.internal) (not .Values.database.existingSecret) -}}
{{- fail "database.internal is false: name the Secret with koku-url and sources-url in database.existingSecret" -}}
{{- end -}}
{{- with .Values.access -}}
{{- if and (or $.Values.ingress.enabled $.Values.route.enabled) (not (or .oidc.issuer .usersSecret .trustedGateway)) -}}
{{- fail "ingress and route would let anyone in: set access.oidc.issuer, access.usersSecret, or, behind a gateway that authenticates, access.trustedGateway=true" -}}
{{- end -}}
{{- if and $.Values.route.enabled (not $.Values.route.host) -}}
{{- fail "route.enabled is set: name the host in route.host, which the routes share" -}}
{{- end -}}
{{- if and .oidc.issuer (not .oidc.audience) -}}
{{- fail "access.oidc.issuer is set: name the audience of its tokens in access.oidc.audience" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kontor.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The paths that outsiders may ask, and the part that answers them; the last is the web interface. The pods that
it leads to don't serve /internal, and give metrics to nobody whom a proxy passed on. */}}
{{- define "kontor.paths" -}}
- {path: /api/sources, name: sources-api}
- {path: /api/cost-management, name: koku-api}
- {path: /, name: koku-api}
{{- end -}}
