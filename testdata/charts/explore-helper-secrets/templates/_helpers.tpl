{{- define "shop.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
pullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
