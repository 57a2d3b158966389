// The camera, dropped files, and the keys of a handheld scanner. Pictures of the camera
// are read in the page first, by zxing-wasm; what it cannot read, and everything else,
// the server reads.
"use strict";
(() => {
  const form = document.getElementById("lire");
  if (!form) return;
  const $ = (id) => document.getElementById(id);

  // A handheld scanner types. The physical keys say what it meant, whatever the
  // layout of the keyboard made of them.
  const field = $("texte"), keysField = $("touches");
  let keys = [];
  field.addEventListener("keydown", (e) => {
    if (e.key === "Enter") return;
    if (e.key === "Backspace" || e.key === "Delete") { keys = []; return; }
    if (keys.length < 9000 && e.code) keys.push({ c: e.code, k: e.key, s: e.shiftKey });
  });
  field.addEventListener("input", () => { if (field.value === "") keys = []; });
  form.addEventListener("submit", () => { keysField.value = keys.length ? JSON.stringify(keys) : ""; });

  // Files may be dropped anywhere on the page.
  const drop = $("drop"), files = $("fichiers");
  $("drop-hint").hidden = false;
  addEventListener("dragover", (e) => { e.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", (e) => { if (!e.relatedTarget) drop.classList.remove("over"); });
  addEventListener("drop", (e) => {
    e.preventDefault();
    drop.classList.remove("over");
    if (!e.dataTransfer.files.length) return;
    files.files = e.dataTransfer.files;
    form.requestSubmit();
  });

  // The camera. One picture is under way at a time: the next one leaves when the
  // last is answered.
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  const video = $("video"), say = $("camera-say"), panel = $("camera");
  $("way-camera").hidden = false;
  let stream = null, began = 0, asked = 0, suite = form.dataset.suite;
  const adviceAfter = 2000; // nothing read for so long: the picture is measured, once in so long
  const giveUp = 120000; // a camera that looks at a desk
  const stop = (words) => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    panel.hidden = true;
    $("way-camera").hidden = false;
    if (words) { say.textContent = words; panel.hidden = false; }
  };
  const canvas = document.createElement("canvas");
  const look = () => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(video, 0, 0);
    return context;
  };
  const jpeg = () => new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  // What the page reads by itself. Without WebAssembly, nothing: the server reads.
  let reader = typeof ZXingWASM === "object";
  const read = async (context) => {
    if (!reader) return [];
    try {
      const codes = await ZXingWASM.readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height),
        { formats: ["QRCode", "DataMatrix"], textMode: "Plain", tryInvert: false, maxNumberOfSymbols: 16 });
      return codes.filter((c) => c.isValid && c.text).map((c) => c.text);
    } catch {
      reader = false;
      return [];
    }
  };
  const loop = async () => {
    while (stream) {
      if (Date.now() - began > giveUp) { stop("La caméra s’est arrêtée après deux minutes sans code."); return; }
      if (!video.videoWidth) { await new Promise((r) => setTimeout(r, 50)); continue; }
      let answer;
      const advise = Date.now() - asked > adviceAfter;
      if (advise) asked = Date.now();
      const codes = await read(look());
      try {
        const r = await fetch("/lire/image", {
          method: "POST", body: codes.length ? JSON.stringify(codes) : await jpeg(), redirect: "manual",
          headers: {
            "Content-Type": codes.length ? "application/json" : "image/jpeg", "Accept": "application/json",
            "X-Suite": suite, ...(advise && { "X-Advise": "1" }),
          },
        });
        if (r.type === "opaqueredirect") { location.assign("/lire"); return; }
        answer = await r.json();
      } catch {
        say.textContent = "Zone Blanche ne répond plus. Vérifiez que le programme tourne.";
        await new Promise((r) => setTimeout(r, 1000));
        continue;
      }
      if (answer.open) { stop(); location.assign(answer.open); return; }
      if (answer.codes) asked = Date.now();
      if (answer.suite) suite = answer.suite;
      if (answer.say) say.textContent = answer.say;
      await new Promise((r) => setTimeout(r, 30));
    }
  };
  const start = async () => {
    if (reader) ZXingWASM.prepareZXingModule({ fireImmediately: true }).catch(() => { reader = false; });
    say.textContent = "Ouverture de la caméra…";
    panel.hidden = false;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } },
      });
    } catch (e) {
      stop(e.name === "NotAllowedError" ? "La caméra n’est pas autorisée pour cette page : autorisez-la dans le navigateur, ou prenez une photographie."
        : "Aucune caméra ne répond. Prenez une photographie de la feuille.");
      return;
    }
    $("way-camera").hidden = true;
    video.srcObject = stream;
    await video.play();
    began = asked = Date.now();
    say.textContent = "Tenez la feuille devant la caméra, un code entier dans l’image.";
    loop();
  };
  $("camera-start").addEventListener("click", start);
  $("camera-stop").addEventListener("click", () => stop());
  addEventListener("pagehide", () => stop());
})();
