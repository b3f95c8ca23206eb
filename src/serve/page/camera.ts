import { byId, say } from './dom.js';

/**
 * The camera: a live picture in a dialog where the browser allows one (on this machine, or by https), else the telephone's own
 * camera through a file input.
 */
export function setUpCamera(onPicture: (picture: Blob, name: string) => void): void {
  const dialog = byId<HTMLDialogElement>('camera');
  const video = byId<HTMLVideoElement>('camera-video');
  const capture = byId<HTMLInputElement>('capture');
  const take = byId<HTMLButtonElement>('camera-take');
  let stream: MediaStream | undefined;

  byId('camera-open').addEventListener('click', async () => {
    if (!window.isSecureContext || !navigator.mediaDevices) {
      capture.click();
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      video.srcObject = stream;
      dialog.showModal();
      await video.play();
    } catch {
      say('There is no camera that this page may use: choose a file instead.');
      capture.click();
    }
  });
  // before its first frame the camera has no picture to take
  take.disabled = true;
  video.addEventListener('loadeddata', () => (take.disabled = false));
  take.addEventListener('click', () => {
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d')!.drawImage(video, 0, 0);
    canvas.toBlob((blob) => blob && onPicture(blob, 'from the camera'), 'image/jpeg', 0.92);
    dialog.close();
  });
  byId('camera-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    take.disabled = true;
  });
  capture.addEventListener('change', () => {
    for (const file of capture.files ?? []) onPicture(file, file.name);
    capture.value = '';
  });
}
