{{- define "tracewright.name" -}}
{{- printf "%s" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tracewright.selector" -}}
app.kubernetes.io/name: tracewright
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tracewright.labels" -}}
{{ include "tracewright.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}
