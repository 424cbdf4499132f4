{{- define "keelson.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Selects the pods of this release; componentSelector, with (list $ "api"), those of one component. */}}
{{- define "keelson.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "keelson.componentSelector" -}}
{{- $root := index . 0 -}}
{{ include "keelson.selector" $root }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "keelson.labels" -}}
{{ include "keelson.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "keelson.componentLabels" -}}
{{ include "keelson.labels" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* What /health/version tells, so that a smoke test sees which image answers. */}}
{{- define "keelson.revision" -}}
{{- .Values.image.digest | default .Values.image.tag | default .Chart.AppVersion -}}
{{- end }}

{{/* A digest names the very image that was tested and signed; a tag may move. */}}
{{- define "keelson.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}
{{- else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end }}
