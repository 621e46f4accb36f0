// A cell's last picture stays while its video element has nothing to show.

export function holdFrame({ video, canvas, frozen }) {
  if (video.readyState < 2 || !video.videoWidth) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  frozen(true);
}
