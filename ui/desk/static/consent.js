// The recording leads through its steps, ends by itself and is sent once.
const box = document.getElementById("capture");
const record = document.getElementById("record"), stop = document.getElementById("stop");
const said = document.getElementById("said"), mirror = document.getElementById("mirror");
const steps = [...box.querySelectorAll("[data-seconds]")];
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function lead(recorder) {
  for (const step of steps) {
    step.setAttribute("aria-current", "step");
    said.textContent = step.textContent;
    await wait(Number(step.dataset.seconds));
    step.removeAttribute("aria-current");
    step.classList.add("done");
    if (recorder.state !== "recording") return;
  }
  recorder.stop();
}

async function send(parts) {
  said.textContent = "";
  let answer = null;
  try {
    answer = await fetch(box.dataset.target, { method: "POST", body: new Blob(parts) });
    const told = await answer.json();
    if (answer.ok) return void location.assign(told.status);
    said.textContent = told.error;
  } catch {
    said.textContent = box.dataset.failed;
  }
  record.hidden = false;
}

record.addEventListener("click", async () => {
  record.hidden = true;
  steps.forEach((step) => step.classList.remove("done"));
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 }, audio: true });
  } catch {
    record.hidden = false;
    return void (said.textContent = box.dataset.denied);
  }
  const parts = [], recorder = new MediaRecorder(stream, { mimeType: "video/webm" });
  mirror.srcObject = stream;
  mirror.play();
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    stream.getTracks().forEach((track) => track.stop());
    stop.hidden = true;
    send(parts);
  });
  recorder.start();
  stop.hidden = false;
  stop.onclick = () => recorder.stop();
  lead(recorder);
});
