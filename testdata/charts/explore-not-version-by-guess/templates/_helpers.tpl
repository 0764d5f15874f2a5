{{- define "shop.version" -}}
{{- if .Values.versionOverride -}}
{{ .Values.versionOverride }}
{{- else if hasSuffix "-full" .Values.image.tag -}}
{{ trimSuffix "-full" .Values.image.tag }}
{{- else -}}
{{ .Values.image.tag }}
{{- end -}}
{{- end -}}
