{{- define "shop.mode" -}}
{{- .Values.mode | default "standalone" | lower -}}
{{- end -}}
