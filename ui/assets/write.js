// Writing: the prompt with its mentions, the shot cards in step with it, and the look at both while they change.
(() => {
  "use strict";
  const colophon = window.colophon;
  const { say, make, select, button, move, thumb, state } = colophon;
  const FRAMING = ["wide", "medium", "close", "extreme_close"];
  const CAMERA = ["static", "push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "orbit", "handheld", "aerial"];
  const TRANSITION = ["cut", "dissolve", "fade", "whip", "match"];
  const MAX_SHOTS = 12;
  const PAUSE_MS = 450;

  // ---- prompt -----------------------------------------------------------------------------------
  const prompt = () => document.querySelector("#prompt textarea");
  let writing = false;
  const put = (field, value) => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
    writing = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    writing = false;
  };
  const insert = (text) => {
    const field = prompt();
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? " " : "";
    const at = before.length + gap.length + text.length;
    put(field, before + gap + text + field.value.slice(field.selectionEnd));
    follow();
    field.focus();
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
        put(field, `${field.value.slice(0, at)}@${entry.name} ${field.value.slice(field.selectionStart)}`);
        follow();
        field.focus();
        popup.hidden = true;
      });
      return option;
    }));
    if (popup.parentNode !== field.parentNode) field.parentNode.append(popup);
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("#prompt textarea") || writing) return;
    suggest();
    follow();
  });
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
  const rename = (names) => {
    const swap = (text) => text.replace(/@(image|video|audio)\s?(\d{1,2})/gi, (whole, kind, number) => {
      const old = `${kind.toLowerCase()}${Number(number)}`;
      return old in names ? `@${names[old]}` : whole;
    });
    for (const shot of state.shots) {
      shot.action = swap(shot.action);
      shot.references = (shot.references || []).map((name) => names[name] || name);
    }
    if (prompt()) put(prompt(), swap(prompt().value));
    cards?.redraw();
  };

  // ---- shot cards -------------------------------------------------------------------------------
  // Until a card is touched, the cards show what the prompt becomes. From then on the prompt is written from the cards,
  // one headed line each; a change of such a line goes back into its card, any other text is divided anew.
  const blank = (action = "", duration_s = 2.5) => ({ duration_s, action, framing: "medium", camera: "static", transition: "cut", references: [], talk: "" });
  const spoken = (talk) => talk.split("\n").map((row) => row.trim()).filter(Boolean).map((row) => {
    const found = row.match(/^([^:：]{1,40})[:：]\s*(.+)$/);
    return found ? { speaker: found[1].trim(), line: found[2] } : { speaker: "A", line: row };
  });
  const card = (shot) => ({ ...blank(), ...shot, talk: (shot.dialogue || []).map((row) => (row.speaker ? `${row.speaker}: ${row.line}` : row.line)).join("\n") });
  const filled = () => state.shots.filter((shot) => shot.action.trim());
  const compose = () => {
    const texts = filled().map((shot) => shot.action.trim());
    return texts.length < 2 ? texts.join("") : texts.map((text, at) => `${say("shots.number", { number: at + 1 })}: ${text}`).join("\n");
  };
  const parse = (text) => {
    const head = say("shots.number", { number: "#" }).replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace("#", "\\d{1,2}");
    const parts = text.trim().split(new RegExp(`^${head}: ?`, "m"));
    return parts.length > 2 && !parts[0].trim() ? parts.slice(1).map((part) => part.trim()) : null;
  };
  const merged = (parts) => parts.map((part, at) => {
    const same = state.shots.find((shot) => shot.action.trim() === part.action.trim());
    const old = same || (parts.length === state.shots.length ? state.shots[at] : null);
    return old ? { ...old, action: part.action } : card(part);
  });
  let cards = null, latest = null;
  const follow = () => cards?.follow();

  function shots({ element, props, watch }) {
    let written = "", touched = false;
    const list = make("ol", { class: "shots" });
    const total = make("span", { class: "total" });
    const told = make("span", { class: "faded small" });
    const add = button(say("shots.add"), say("shots.add"), () => { state.shots.push(blank()); lead(); draw(); list.lastChild?.querySelector("textarea").focus(); }, { class: "quiet" });
    const reset = button(say("shots.reset"), say("shots.reset"), () => { touched = false; store(); draw(); colophon.changed(0); }, { class: "quiet" });
    element.replaceChildren(make("div", { class: "shots-box" }, told, list, make("div", { class: "shots-bar" }, add, reset, total)));

    const store = () => {
      const names = new Set(state.references.map((entry) => entry.name));
      const plan = filled().map(({ talk, dialogue, ...shot }) => ({ ...shot, references: (shot.references || []).filter((name) => names.has(name)), dialogue: spoken(talk) }));
      written = touched && plan.length ? JSON.stringify({ shots: plan }) : "";
      props.value = written;
      const seconds = state.shots.reduce((sum, shot) => sum + shot.duration_s, 0);
      total.textContent = state.shots.length ? say("shots.total", { count: state.shots.length, seconds: Math.round(seconds * 10) / 10 }) : "";
      told.textContent = state.shots.length ? say(touched ? "shots.leads" : "shots.follows") : "";
      reset.hidden = !touched;
      add.disabled = state.shots.length >= MAX_SHOTS;
      return seconds;
    };
    const lead = () => {
      touched = state.shots.length > 0;
      const seconds = store(), length = document.querySelector("#duration input[type=number]");
      put(prompt(), compose());
      if (touched && length && seconds >= 2 && seconds <= 30) put(length, String(Math.round(seconds * 10) / 10));
      colophon.changed();
    };
    const keep = () => { lead(); draw(); };
    const draw = () => {
      list.replaceChildren(...state.shots.map((shot, at) => {
        const number = at + 1;
        const set = (name) => (value) => { shot[name] = value; lead(); };
        const area = (name, rows, label, hint) => {
          const field = make("textarea", { rows, "aria-label": say(label, { number }), placeholder: say(hint), oninput: (e) => { e.stopPropagation(); set(name)(e.target.value); } });
          field.value = shot[name];
          return field;
        };
        const seconds = make("input", { type: "number", min: 0.5, max: 30, step: 0.1, value: Math.round(shot.duration_s * 10) / 10, "aria-label": say("shots.seconds", { number }),
          oninput: (e) => { e.stopPropagation(); set("duration_s")(Math.min(30, Math.max(0.5, Number(e.target.value) || 0.5))); } });
        const row = make("li", { class: "shot", draggable: "true" },
          make("div", { class: "shot-head" }, make("span", { class: "shot-number" }, say("shots.number", { number })),
            make("label", { class: "seconds" }, seconds, say("shots.unit")),
            make("div", { class: "ref-tools" },
              button(say("shots.earlier", { number }), "↑", () => { move(state.shots, at, at - 1); keep(); }, { disabled: at === 0 }),
              button(say("shots.later", { number }), "↓", () => { move(state.shots, at, at + 1); keep(); }, { disabled: number === state.shots.length }),
              button(say("shots.remove", { number }), "×", () => { state.shots.splice(at, 1); keep(); }))),
          area("action", 2, "shots.action", "shots.placeholder"),
          make("div", { class: "shot-choices" },
            select(say("shots.framing", { number }), FRAMING, "framing", shot.framing, set("framing")),
            select(say("shots.camera", { number }), CAMERA, "camera", shot.camera, set("camera")),
            at ? select(say("shots.transition", { number }), TRANSITION, "transition", shot.transition, set("transition")) : null),
          area("talk", 1, "shots.dialogue", "shots.dialogue_placeholder"));
        row.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-shot", String(at)));
        row.addEventListener("dragover", (event) => event.preventDefault());
        row.addEventListener("drop", (event) => {
          const from = event.dataTransfer.getData("text/x-shot");
          if (from !== "") { event.preventDefault(); move(state.shots, Number(from), at); keep(); }
        });
        return row;
      }));
    };
    cards = {
      redraw: () => { store(); draw(); },
      follow: () => {
        if (!touched) return;
        const parts = parse(prompt().value);
        if (parts) { state.shots = merged(parts.map((action) => ({ action }))); store(); draw(); } else if (prompt().value !== compose()) { written = ""; props.value = ""; }
      },
      outline: (plan, of) => {
        if (of !== prompt().value || element.contains(document.activeElement)) return;
        if (touched && compose() === of) return;
        state.shots = touched ? merged((plan?.shots || []).map(card)) : (plan?.shots || []).map(card);
        store(); draw();
      },
      scale: (seconds) => {
        const before = state.shots.reduce((sum, shot) => sum + shot.duration_s, 0);
        if (!touched || !before || Math.abs(before - seconds) < 0.06) return;
        for (const shot of state.shots) shot.duration_s = Math.max(0.5, Math.round((shot.duration_s * seconds / before) * 10) / 10);
        store(); draw();
      },
    };
    watch("value", () => {
      if (props.value === written) return;
      written = ""; touched = false; state.shots = [];
      store(); draw();
    });
    store(); draw();
    if (latest) cards.outline(...latest);
  }
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#duration") && !writing) cards?.scale(Number(event.target.value));
  });

  // ---- a look while it is written ---------------------------------------------------------------
  let soon = 0, look = () => {};
  const changed = (after = PAUSE_MS) => { clearTimeout(soon); soon = setTimeout(() => look(), after); };
  function watch({ trigger }) {
    look = () => trigger("select", {});
    const inputs = document.querySelector(".inputs");
    for (const kind of ["input", "change"]) inputs.addEventListener(kind, () => changed());
    new MutationObserver(() => {
      const found = document.querySelector("#lint .advice[data-of]");
      const seen = found ? found.dataset.of + found.dataset.outline : "";
      if (found && seen !== watch.seen) {
        watch.seen = seen;
        latest = [found.dataset.outline ? JSON.parse(found.dataset.outline) : null, found.dataset.of];
        cards?.outline(...latest);
      }
    }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-of", "data-outline"] });
    changed();
  }

  Object.assign(colophon, { shots, watch, insert, rename, changed, put, prompt });
})();
