"""Line images and transcriptions: reading, caching, splitting, drawing."""
