{{- define "shop.secret" -}}
{{- if .Values.database.existingSecret -}}
{{- printf "%s" .Values.database.existingSecret -}}
{{- else -}}
{{- printf "%s-database" .Release.Name -}}
{{- end -}}
{{- end -}}
