const express = require('express');
const app = express();

app.use(express.json());

app.post('/mj-image-callback', (req, res) => {
  const { code, msg, data } = req.body;
  
  console.log('Received Midjourney image generation callback:', {
    taskId: data.taskId,
    status: code,
    message: msg
  });
  
  if (code === 200) {
    // Task completed successfully
    console.log('Midjourney image generation completed');
    
    // Parse original request parameters
    try {
      const promptData = JSON.parse(data.promptJson);
      console.log('Original prompt:', promptData.prompt);
    } catch (e) {
      console.log('Failed to parse promptJson:', e);
    }
    
    // Process generated images
    const resultUrls = data.resultUrls || [];
    console.log(`Generated ${resultUrls.length} images:`);
    
    resultUrls.forEach((url, index) => {
      console.log(`Image ${index + 1}: ${url}`);
    });
    
    // Download and save images
    // Add image download logic here
    
  } else {
    // Task failed
    console.log('Midjourney image generation failed:', msg);
    
    // Handle failure cases...
  }
  
  // Return 200 status code to confirm callback received
  res.status(200).json({ status: 'received' });
});

app.listen(3000, () => {
  console.log('Callback server running on port 3000');
});
