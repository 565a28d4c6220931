<?php
header('Content-Type: application/json');

// Get POST data
$input = file_get_contents('php://input');
$data = json_decode($input, true);

$code = $data['code'] ?? null;
$msg = $data['msg'] ?? '';
$callbackData = $data['data'] ?? [];
$taskId = $callbackData['taskId'] ?? '';
$promptJson = $callbackData['promptJson'] ?? '{}';
$resultUrls = $callbackData['resultUrls'] ?? [];

error_log("Received Midjourney image generation callback: $taskId, status: $code, message: $msg");

if ($code === 200) {
    // Task completed successfully
    error_log("Midjourney image generation completed");
    
    // Parse original request parameters
    $promptData = json_decode($promptJson, true);
    if ($promptData) {
        error_log("Original prompt: " . ($promptData['prompt'] ?? ''));
    } else {
        error_log("Failed to parse promptJson");
    }
    
    // Process generated images
    error_log("Generated " . count($resultUrls) . " images:");
    
    foreach ($resultUrls as $index => $url) {
        error_log("Image " . ($index + 1) . ": $url");
        
        // Download image example
        try {
            $imageContent = file_get_contents($url);
            if ($imageContent !== false) {
                $filename = "mj_image_{$taskId}_" . ($index + 1) . ".png";
                file_put_contents($filename, $imageContent);
                error_log("Image saved as $filename");
            }
        } catch (Exception $e) {
            error_log("Image download failed: " . $e->getMessage());
        }
    }
    
} else {
    // Task failed
    error_log("Midjourney image generation failed: $msg");
    
    // Handle failure cases...
}

// Return 200 status code to confirm callback received
http_response_code(200);
echo json_encode(['status' => 'received']);
?>
