<?php
header('Content-Type: application/json');

// Get POST data
$input = file_get_contents('php://input');
$data = json_decode($input, true);

$code = $data['code'] ?? null;
$msg = $data['msg'] ?? '';
$callbackData = $data['data'] ?? [];
$taskId = $callbackData['task_id'] ?? '';
$videoUrl = $callbackData['video_url'] ?? '';

error_log("Received music video callback: $taskId, status: $code, message: $msg");

if ($code === 200) {
    // Task completed successfully
    error_log("Music video generation completed");
    error_log("Video URL: $videoUrl");
    error_log("Note: Video link is valid for 14 days");
    
    // Process generated video
    if (!empty($videoUrl)) {
        try {
            // Download video file example
            $videoContent = file_get_contents($videoUrl);
            if ($videoContent !== false) {
                $filename = "music_video_{$taskId}.mp4";
                file_put_contents($filename, $videoContent);
                error_log("Music video saved as $filename");
                
                // Record expiration time
                $expireDate = date('Y-m-d H:i:s', strtotime('+14 days'));
                error_log("Video link will expire on $expireDate");
            }
        } catch (Exception $e) {
            error_log("Video download failed: " . $e->getMessage());
        }
    }
    
} else {
    // Task failed
    error_log("Music video generation failed: $msg");
    
    // Handle failure cases...
}

// Return 200 status code to confirm callback received
http_response_code(200);
echo json_encode(['status' => 'received']);
?>
