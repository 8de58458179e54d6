// The recording leads through its steps, ends by itself and is sent once.
const box = document.getElementById("capture");
const record = document.getElementById("record"), stop = document.getElementById("stop");
const said = document.getElementById("said"), mirror = document.getElementById("mirror");
const steps = [...box.querySelectorAll("[data-seconds]")];
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// The present step stands in the list; here it is only spoken.
function tell(text, shown) {
  said.textContent = text;
  said.classList.toggle("sr", !shown);
}

async function lead(recorder) {
  for (const step of steps) {
    step.setAttribute("aria-current", "step");
    tell(step.textContent, false);
    await wait(Number(step.dataset.seconds));
    step.removeAttribute("aria-current");
    step.classList.add("done");
    if (recorder.state !== "recording") return;
  }
  recorder.stop();
}

async function send(parts) {
  tell("", true);
  try {
    const answer = await fetch(box.dataset.target, { method: "POST", body: new Blob(parts) });
    const told = await answer.json();
    if (answer.ok) return void location.assign(told.status);
    tell(told.error, true);
  } catch {
    tell(box.dataset.failed, true);
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
    return void tell(box.dataset.denied, true);
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
