curl -H "Accept: application/json" \
     -H "Content-Type: application/json" \
     -H "Authorization: Bearer …" \
     -X POST https://api.useapi.net/v2/jobs/info \
     -d '{"discord": "…", "server": "…", "channel": "…"}'
