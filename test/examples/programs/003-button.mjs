const apiUrl = "https://api.useapi.net/v2/jobs/button"; 
const token = "API token";
const jobid = "Completed jobs/imagine, jobs/button or jobs/blend jobid";      
const button = "Button from buttons array of above jobid";      
const data = { 
  method: 'POST',
  headers: {
    'Authorization': `Bearer ${token}`,
    'Content-Type': 'application/json' }
};
data.body = JSON.stringify({ 
  jobid, button
});
const response = await fetch(apiUrl, data);
const result = await response.json();
console.log("response", {response, result});
