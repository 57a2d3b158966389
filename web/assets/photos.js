// Takes photographs with the camera of this machine and hands them over like files.
"use strict";
(() => {
  const form = document.getElementById("photos");
  if (!form || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  const $ = (id) => document.getElementById(id);
  const video = $("video"), say = $("camera-say"), panel = $("camera"), start = $("camera-start"), files = $("fichiers");
  let stream = null;
  start.hidden = false;
  const stop = () => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
  };
  start.addEventListener("click", async () => {
    panel.hidden = false;
    say.textContent = form.dataset.open;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 3840 }, height: { ideal: 2160 } },
      });
    } catch (e) {
      say.textContent = e.name === "NotAllowedError" ? form.dataset.denied : form.dataset.none;
      return;
    }
    video.srcObject = stream;
    await video.play();
    say.textContent = form.dataset.ready;
    $("camera-take").focus();
  });
  $("camera-take").addEventListener("click", () => {
    if (!video.videoWidth) return;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      const given = new DataTransfer();
      given.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
      files.files = given.files;
      stop();
      form.requestSubmit();
    }, "image/jpeg", 0.95);
  });
  $("camera-stop").addEventListener("click", () => { stop(); panel.hidden = true; start.focus(); });
  addEventListener("pagehide", stop);
})();
