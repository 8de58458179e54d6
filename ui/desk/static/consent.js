// Digests are made here, so that the files themselves stay on this device until a request uses them.
const files = document.getElementById("files");
if (files) files.addEventListener("change", async () => {
  const lines = [];
  for (const file of files.files) {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    lines.push([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  document.getElementById("references").value = lines.join("\n");
});

const box = document.getElementById("capture");
if (box) {
  const record = document.getElementById("record"), stop = document.getElementById("stop"), said = document.getElementById("said");
  record.addEventListener("click", async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 }, audio: true });
    const mirror = document.getElementById("mirror"), parts = [];
    mirror.srcObject = stream;
    mirror.play();
    const recorder = new MediaRecorder(stream, { mimeType: "video/webm" });
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", async () => {
      stream.getTracks().forEach((track) => track.stop());
      const answer = await fetch(box.dataset.target, { method: "POST", body: new Blob(parts) });
      const told = await answer.json();
      if (answer.ok) location.assign(told.status);
      else said.textContent = told.error;
    });
    recorder.start();
    record.hidden = true;
    stop.hidden = false;
    stop.addEventListener("click", () => recorder.stop(), { once: true });
  });
}
