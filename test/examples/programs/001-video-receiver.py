from flask import Flask, request, jsonify
import requests
from datetime import datetime, timedelta

app = Flask(__name__)

@app.route('/suno-video-callback', methods=['POST'])
def handle_callback():
    data = request.json
    
    code = data.get('code')
    msg = data.get('msg')
    callback_data = data.get('data', {})
    task_id = callback_data.get('task_id')
    video_url = callback_data.get('video_url')
    
    print(f"Received music video callback: {task_id}, status: {code}, message: {msg}")
    
    if code == 200:
        # Task completed successfully
        print("Music video generation completed")
        print(f"Video URL: {video_url}")
        print("Note: Video link is valid for 14 days")
        
        # Process generated video
        if video_url:
            try:
                # Download video file example
                response = requests.get(video_url)
                if response.status_code == 200:
                    filename = f"music_video_{task_id}.mp4"
                    with open(filename, "wb") as f:
                        f.write(response.content)
                    print(f"Music video saved as {filename}")
                    
                    # Record expiration time
                    expire_date = datetime.now() + timedelta(days=14)
                    print(f"Video link will expire on {expire_date.strftime('%Y-%m-%d %H:%M:%S')}")
                    
            except Exception as e:
                print(f"Video download failed: {e}")
                
    else:
        # Task failed
        print(f"Music video generation failed: {msg}")
        
        # Handle failure cases...
    
    # Return 200 status code to confirm callback received
    return jsonify({'status': 'received'}), 200

if __name__ == '__main__':
    app.run(host='0.0.0.0', port=3000)
