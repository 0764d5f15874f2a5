{{- define "shop.team" -}}
{{- required "team is missing" .Values.team -}} {{/*~ render-error */}}
{{- end -}}
