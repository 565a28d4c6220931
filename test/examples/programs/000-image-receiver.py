from flask import Flask, request, jsonify
import requests
import json

app = Flask(__name__)

@app.route('/mj-image-callback', methods=['POST'])
def handle_callback():
    data = request.json
    
    code = data.get('code')
    msg = data.get('msg')
    callback_data = data.get('data', {})
    task_id = callback_data.get('taskId')
    prompt_json = callback_data.get('promptJson', '{}')
    result_urls = callback_data.get('resultUrls', [])
    
    print(f"Received Midjourney image generation callback: {task_id}, status: {code}, message: {msg}")
    
    if code == 200:
        # Task completed successfully
        print("Midjourney image generation completed")
        
        # Parse original request parameters
        try:
            prompt_data = json.loads(prompt_json)
            print(f"Original prompt: {prompt_data.get('prompt', '')}")
        except json.JSONDecodeError as e:
            print(f"Failed to parse promptJson: {e}")
        
        # Process generated images
        print(f"Generated {len(result_urls)} images:")
        
        for i, url in enumerate(result_urls):
            print(f"Image {i + 1}: {url}")
            
            # Download image example
            try:
                response = requests.get(url)
                if response.status_code == 200:
                    filename = f"mj_image_{task_id}_{i + 1}.png"
                    with open(filename, "wb") as f:
                        f.write(response.content)
                    print(f"Image saved as {filename}")
            except Exception as e:
                print(f"Image download failed: {e}")
                
    else:
        # Task failed
        print(f"Midjourney image generation failed: {msg}")
        
        # Handle failure cases...
    
    # Return 200 status code to confirm callback received
    return jsonify({'status': 'received'}), 200

if __name__ == '__main__':
    app.run(host='0.0.0.0', port=3000)
