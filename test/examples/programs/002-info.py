import requests
apiUrl = "https://api.useapi.net/v2/jobs/info"
token = "API token"
discord = "Discord token"
server = "Discord server id"
channel = "Discord channel id"
headers = {
    "Content-Type": "application/json",
    "Authorization" : f"Bearer {token}"
}
body = {
    "discord": f"{discord}",
    "server": f"{server}",
    "channel": f"{channel}"
}
response = requests.post(apiUrl, headers=headers, json=body)
print(response, response.json())
