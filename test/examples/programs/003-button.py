import requests
apiUrl = "https://api.useapi.net/v2/jobs/button" 
token = "API token"
jobid = "Completed jobs/imagine, jobs/button or jobs/blend jobid"
button = "Button from buttons array of above jobid"
headers = {
    "Content-Type": "application/json", 
    "Authorization" : f"Bearer {token}"
}
body = {
    "jobid": f"{jobid}", 
    "button": f"{button}"
}
response = requests.post(apiUrl, headers=headers, json=body)
print(response, response.json())
