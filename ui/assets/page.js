// Behaviour of the page that needs the browser: references, shot cards, mentions, switches. No other site is contacted.
(() => {
  "use strict";
  const words = () => JSON.parse(document.getElementById("colophon-words")?.textContent || "{}");
  const say = (key, params = {}) =>
    (words()[key] || key).replace(/\{([a-z_]+)\}/g, (hole, name) => (name in params ? params[name] : hole));

  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value === true) node.setAttribute(key, "");
      else if (value !== false && value != null) node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  };
  const select = (label, values, prefix, chosen, onchange) =>
    make("select", { "aria-label": label, onchange: (event) => onchange(event.target.value) },
      ...values.map((value) => make("option", { value, selected: value === chosen }, say(`${prefix}.${value}`))));
  const button = (label, text, onclick, extra = {}) =>
    make("button", { type: "button", "aria-label": label, title: label, onclick, ...extra }, text);
  const move = (list, from, to) => { if (to >= 0 && to < list.length) list.splice(to, 0, list.splice(from, 1)[0]); };

  // ---- references -------------------------------------------------------------------------------
  const ROLES = {
    image: ["auto", "character", "style", "scene", "product", "first_frame", "last_frame"],
    video: ["auto", "motion", "camera", "style", "scene"],
    audio: ["auto", "voice_over", "music", "sound_effect"],
  };
  const LIMITS = { image: 9, video: 3, audio: 3 };
  const TOTAL = 12;
  const state = { references: [], shots: [] };
  const kindOf = (file) => {
    const [kind] = (file.type || "").split("/");
    if (kind in LIMITS) return kind;
    const ending = file.name.toLowerCase().split(".").pop();
    if (["mp4", "mov", "webm", "mkv", "m4v"].includes(ending)) return "video";
    if (["wav", "mp3", "m4a", "flac", "ogg", "opus", "aac"].includes(ending)) return "audio";
    return "image";
  };
  const named = (list) => {
    const counts = {};
    return list.map((entry) => {
      counts[entry.kind] = (counts[entry.kind] || 0) + 1;
      return { ...entry, name: `${entry.kind}${counts[entry.kind]}` };
    });
  };
  const thumb = (entry) => {
    if (!entry.preview || entry.kind === "audio") return make("span", { class: `thumb ${entry.kind}`, "aria-hidden": "true" });
    return entry.kind === "image"
      ? make("img", { class: "thumb", src: entry.preview, alt: "" })
      : make("video", { class: "thumb", src: `${entry.preview}#t=0.1`, muted: true, preload: "metadata", "aria-hidden": "true" });
  };

  function references({ element, props, upload }) {
    const live = make("p", { class: "live", role: "status", "aria-live": "polite" });
    const list = make("ol", { class: "refs" });
    const input = make("input", { type: "file", multiple: true, id: "reference-files", accept: "image/*,video/*,audio/*",
      onchange: () => { take([...input.files]); input.value = ""; } });
    const drop = make("label", { class: "drop", for: "reference-files" }, input,
      make("strong", {}, say("refs.add")), make("span", {}, say("refs.hint")));
    const hold = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", hold(true));
    drop.addEventListener("dragleave", hold(false));
    drop.addEventListener("drop", (event) => { hold(false)(event); take([...event.dataTransfer.files]); });
    element.replaceChildren(make("div", { class: "refs-box" }, drop, list, live));

    const keep = () => {
      state.references = named(state.references);
      props.value = JSON.stringify(state.references.map(({ path, role, label, kind }) => ({ path, role, label, kind })));
      draw();
    };
    const draw = () => {
      list.replaceChildren(...state.references.map((entry, at) => {
        const row = make("li", { class: "ref", draggable: "true", "data-at": at });
        row.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-reference", String(at)));
        row.addEventListener("dragover", (event) => event.preventDefault());
        row.addEventListener("drop", (event) => {
          const from = event.dataTransfer.getData("text/x-reference");
          if (from === "") return;
          event.preventDefault(); event.stopPropagation(); move(state.references, Number(from), at); keep();
        });
        row.append(thumb(entry),
          make("div", { class: "ref-facts" },
            button(say("refs.mention", { name: entry.name }), `@${entry.name}`, () => insert(`@${entry.name} `), { class: "mention" }),
            make("span", { class: "ref-label", title: entry.label }, entry.label)),
          select(say("refs.role", { name: entry.name }), ROLES[entry.kind], "role", entry.role, (role) => { entry.role = role; keep(); }),
          make("div", { class: "ref-tools" },
            button(say("refs.earlier", { name: entry.name }), "↑", () => { move(state.references, at, at - 1); keep(); }, { disabled: at === 0 }),
            button(say("refs.later", { name: entry.name }), "↓", () => { move(state.references, at, at + 1); keep(); }, { disabled: at === state.references.length - 1 }),
            button(say("refs.remove", { name: entry.name }), "×", () => {
              if (entry.preview) URL.revokeObjectURL(entry.preview);
              state.references.splice(at, 1); keep(); live.textContent = say("refs.removed", { label: entry.label });
            })));
        return row;
      }));
      list.hidden = !state.references.length;
    };
    const take = async (files) => {
      for (const file of files) {
        const kind = kindOf(file);
        const same = state.references.filter((entry) => entry.kind === kind).length;
        if (same >= LIMITS[kind] || state.references.length >= TOTAL) { live.textContent = say("refs.full", { label: file.name }); continue; }
        live.textContent = say("refs.sending", { label: file.name });
        try {
          const { path } = await upload(file);
          state.references.push({ path, kind, role: "auto", label: file.name, preview: URL.createObjectURL(file) });
          live.textContent = say("refs.added", { label: file.name });
          keep();
        } catch { live.textContent = say("refs.lost", { label: file.name }); }
      }
    };
    colophon.resetReferences = () => { state.references = []; keep(); };
    draw();
  }

  // ---- shot cards -------------------------------------------------------------------------------
  const FRAMING = ["wide", "medium", "close", "extreme_close"];
  const CAMERA = ["static", "push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "orbit", "handheld", "aerial"];
  const TRANSITION = ["cut", "dissolve", "fade", "whip", "match"];
  const MAX_SHOTS = 12;
  const blank = (action = "", duration_s = 2.5) => ({ duration_s, action, framing: "medium", camera: "static", transition: "cut", talk: "" });
  const spoken = (talk) => talk.split("\n").map((row) => row.trim()).filter(Boolean).map((row) => {
    const found = row.match(/^([^:：]{1,40})[:：]\s*(.+)$/);
    return found ? { speaker: found[1].trim(), line: found[2] } : { speaker: "A", line: row };
  });

  function shots({ element, props, watch }) {
    let written = null;
    const list = make("ol", { class: "shots" });
    const total = make("span", { class: "total" });
    const add = button(say("shots.add"), say("shots.add"), () => { state.shots.push(blank()); keep(); list.lastChild?.querySelector("textarea").focus(); }, { class: "quiet" });
    const split = button(say("shots.split"), say("shots.split"), () => { state.shots = fromPrompt(); keep(); }, { class: "quiet" });
    const join = button(say("shots.join"), say("shots.join"), () => write(state.shots.map((shot) => shot.action.trim()).filter(Boolean).join("\n")), { class: "quiet" });
    element.replaceChildren(make("div", { class: "shots-box" }, list, make("div", { class: "shots-bar" }, add, split, join, total)));

    const fromPrompt = () => {
      const text = prompt()?.value || "";
      const parts = text.split(/\n+|(?<=[.!?])\s+|(?<=[。！？।])/u).map((part) => part.trim()).filter(Boolean).slice(0, 6);
      const length = Number(document.querySelector("#duration input[type=number]")?.value || 5);
      const each = Math.max(0.5, Math.round((length / Math.max(1, parts.length)) * 10) / 10);
      return parts.map((part) => blank(part, each));
    };
    const store = () => {
      const plan = state.shots.map(({ talk, ...shot }) => ({ ...shot, dialogue: spoken(talk) }));
      written = plan.length ? JSON.stringify({ shots: plan }) : "";
      props.value = written;
      const seconds = state.shots.reduce((sum, shot) => sum + shot.duration_s, 0);
      total.textContent = state.shots.length ? say("shots.total", { count: state.shots.length, seconds: Math.round(seconds * 10) / 10 }) : "";
      join.hidden = !state.shots.length;
      add.disabled = state.shots.length >= MAX_SHOTS;
    };
    const keep = () => { store(); draw(); };
    const draw = () => {
      list.replaceChildren(...state.shots.map((shot, at) => {
        const set = (name) => (value) => { shot[name] = value; store(); };
        const number = at + 1;
        const action = make("textarea", { rows: 2, "aria-label": say("shots.action", { number }), placeholder: say("shots.placeholder"), oninput: (e) => set("action")(e.target.value) });
        action.value = shot.action;
        const talk = make("textarea", { rows: 1, "aria-label": say("shots.dialogue", { number }), placeholder: say("shots.dialogue_placeholder"), oninput: (e) => set("talk")(e.target.value) });
        talk.value = shot.talk;
        const seconds = make("input", { type: "number", min: 0.5, max: 30, step: 0.5, value: shot.duration_s, "aria-label": say("shots.seconds", { number }), oninput: (e) => set("duration_s")(Math.min(30, Math.max(0.5, Number(e.target.value) || 0.5))) });
        return make("li", { class: "shot" },
          make("div", { class: "shot-head" }, make("span", { class: "shot-number" }, say("shots.number", { number })),
            make("label", { class: "seconds" }, seconds, say("shots.unit")),
            make("div", { class: "ref-tools" },
              button(say("shots.earlier", { number }), "↑", () => { move(state.shots, at, at - 1); keep(); }, { disabled: at === 0 }),
              button(say("shots.later", { number }), "↓", () => { move(state.shots, at, at + 1); keep(); }, { disabled: number === state.shots.length }),
              button(say("shots.remove", { number }), "×", () => { state.shots.splice(at, 1); keep(); }))),
          action,
          make("div", { class: "shot-choices" },
            select(say("shots.framing", { number }), FRAMING, "framing", shot.framing, set("framing")),
            select(say("shots.camera", { number }), CAMERA, "camera", shot.camera, set("camera")),
            at ? select(say("shots.transition", { number }), TRANSITION, "transition", shot.transition, set("transition")) : null),
          talk);
      }));
    };
    const load = () => {
      if (props.value === written) return;
      written = props.value;
      if (!props.value) { state.shots = []; store(); draw(); return; }
      try {
        state.shots = JSON.parse(props.value).shots.map((shot) => ({ ...blank(), ...shot, talk: (shot.dialogue || []).map((row) => `${row.speaker}: ${row.line}`).join("\n") }));
        draw();
      } catch { state.shots = []; }
    };
    watch("value", load);
    load(); store(); draw();
  }

  // ---- prompt -----------------------------------------------------------------------------------
  const prompt = () => document.querySelector("#prompt textarea");
  const write = (text) => {
    const field = prompt();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  const insert = (text) => {
    const field = prompt();
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? " " : "";
    const at = before.length + gap.length + text.length;
    write(before + gap + text + field.value.slice(field.selectionEnd));
    field.setSelectionRange(at, at);
  };
  const popup = make("div", { class: "mentions", role: "listbox", hidden: true });
  const suggest = () => {
    const field = prompt();
    const typed = field.value.slice(0, field.selectionStart).match(/@(\p{L}*\d*)$/u);
    const fitting = typed ? state.references.filter((entry) => entry.name.startsWith(typed[1].toLowerCase())) : [];
    popup.hidden = !fitting.length;
    if (popup.hidden) return;
    popup.setAttribute("aria-label", say("refs.choose"));
    popup.replaceChildren(...fitting.map((entry) => {
      const option = make("button", { type: "button", role: "option", "aria-selected": "false" }, thumb(entry), make("b", {}, `@${entry.name}`), make("span", {}, entry.label));
      option.addEventListener("click", () => {
        const at = field.selectionStart - typed[0].length;
        write(`${field.value.slice(0, at)}@${entry.name} ${field.value.slice(field.selectionStart)}`);
        popup.hidden = true;
      });
      return option;
    }));
    if (popup.parentNode !== field.parentNode) field.parentNode.append(popup);
  };
  document.addEventListener("input", (event) => { if (event.target.matches?.("#prompt textarea")) suggest(); });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("#prompt textarea")) {
      if ((event.metaKey || event.ctrlKey) && event.key === "Enter") document.getElementById("generate")?.click();
      if (event.key === "Escape") popup.hidden = true;
      if (event.key === "ArrowDown" && !popup.hidden) { event.preventDefault(); popup.firstChild.focus(); }
    } else if (popup.contains(event.target)) {
      const next = { ArrowDown: event.target.nextSibling, ArrowUp: event.target.previousSibling || prompt(), Escape: prompt() }[event.key];
      if (next) { event.preventDefault(); next.focus(); if (event.key === "Escape") popup.hidden = true; }
    }
  });

  // ---- verify -----------------------------------------------------------------------------------
  function inspect({ element, props, trigger, upload }) {
    const live = make("p", { class: "live", role: "status", "aria-live": "polite" });
    const take = async (file) => {
      if (!file) return;
      live.textContent = say("verify.reading", { label: file.name });
      try {
        const { path } = await upload(file);
        props.value = JSON.stringify({ path, label: file.name });
        trigger("upload");
      } catch { live.textContent = say("refs.lost", { label: file.name }); }
    };
    const input = make("input", { type: "file", id: "verify-input", onchange: () => { take(input.files[0]); input.value = ""; } });
    const drop = make("label", { class: "drop tall", for: "verify-input" }, input, make("strong", {}, say("verify.choose")), make("span", {}, say("verify.kinds")));
    const hold = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", hold(true));
    drop.addEventListener("dragleave", hold(false));
    drop.addEventListener("drop", (event) => { hold(false)(event); take(event.dataTransfer.files[0]); });
    element.replaceChildren(make("div", { class: "refs-box" }, drop, live));
    const slip = document.getElementById("slip");
    if (slip) new MutationObserver(() => { if (slip.querySelector(".slip, .alert")) live.textContent = ""; }).observe(slip, { childList: true, subtree: true });
  }

  // On one column the sheet lies below the form: bring it into view when a job starts.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#generate") || matchMedia("(min-width: 1024px)").matches) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown = new MutationObserver(() => {
      if (!document.querySelector("#stage .steps")) return;
      shown.disconnect();
      document.getElementById("stage").scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
    });
    shown.observe(document.getElementById("stage"), { childList: true, subtree: true });
    setTimeout(() => shown.disconnect(), 10000);
  });

  // ---- lists with actions -----------------------------------------------------------------------
  function actions({ element, trigger }) {
    element.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-action]");
      if (!chosen) return;
      if (chosen.dataset.sure && !window.confirm(chosen.dataset.sure)) return;
      if (chosen.dataset.action === "copy") { copy(chosen); return; }
      trigger("select", { action: chosen.dataset.action, id: chosen.dataset.id || "" });
    });
  }
  const copy = async (chosen) => {
    const text = chosen.dataset.text;
    try { await navigator.clipboard.writeText(text); chosen.textContent = say("copied"); } catch { window.prompt(say("copy"), text); }
  };
  const ready = (text) => {
    if (document.hidden && "Notification" in window && Notification.permission === "granted") new Notification(document.title, { body: text });
  };

  // ---- language and theme -----------------------------------------------------------------------
  const dark = () => {
    const wish = localStorage.getItem("colophon-theme");
    return wish ? wish === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const paint = () => {
    document.body?.classList.toggle("dark", dark());
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark() ? "#15171C" : "#F7F4EC");
  };
  document.addEventListener("change", (event) => {
    if (event.target.id !== "language") return;
    const here = new URL(location.href);
    here.searchParams.set("lang", event.target.value);
    location.assign(here);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#theme-switch")) return;
    localStorage.setItem("colophon-theme", dark() ? "light" : "dark");
    paint();
  });
  document.addEventListener("DOMContentLoaded", () => {
    paint();
    new MutationObserver(() => { if (document.body.classList.contains("dark") !== dark()) paint(); })
      .observe(document.body, { attributes: true, attributeFilter: ["class"] });
    new MutationObserver(() => {
      const menu = document.getElementById("language");
      if (menu && !menu.dataset.set) { menu.value = document.documentElement.lang; menu.dataset.set = "1"; }
    }).observe(document.body, { childList: true, subtree: true });
  });

  const colophon = { inspect, references, shots, actions, ready, insert };
  window.colophon = colophon;
})();
