const express = require('express');
const app = express();

app.use(express.json());

app.post('/suno-video-callback', (req, res) => {
  const { code, msg, data } = req.body;
  
  console.log('Received music video callback:', {
    taskId: data.task_id,
    status: code,
    message: msg
  });
  
  if (code === 200) {
    // Task completed successfully
    console.log('Music video generation completed');
    console.log(`Video URL: ${data.video_url}`);
    console.log('Note: Video link is valid for 14 days');
    
    // Process generated video
    // Can download video, save locally, etc.
    
  } else {
    // Task failed
    console.log('Music video generation failed:', msg);
    
    // Handle failure cases...
  }
  
  // Return 200 status code to confirm callback received
  res.status(200).json({ status: 'received' });
});

app.listen(3000, () => {
  console.log('Callback server running on port 3000');
});
