"use strict";
(() => {
  const card = document.getElementById("scorecard");
  const saving = document.getElementById("saving");
  const saved = document.getElementById("saved");
  const rater = document.getElementById("rater");
  if (!card || !saving || !card.dataset.card) return;
  const picked = (box, name) => {
    const found = [...box.querySelectorAll("input[type=radio]")].find((i) => i.checked && i.name.startsWith(name));
    return found ? found.value : null;
  };
  const filled = () => {
    const whole = JSON.parse(card.dataset.card);
    whole.rater = rater.value.trim();
    const boxes = new Map([...card.querySelectorAll("fieldset")].map((b) => [b.dataset.dimension, b]));
    for (const score of whole.scores) {
      const box = boxes.get(score.dimension);
      if (!box) continue;
      score.level = picked(box, "level-");
      score.confidence = picked(box, "sure-");
      score.reason = box.querySelector(".reason").value.trim();
      score.evidence = [...new Set([...box.querySelectorAll(".cite")].map((i) => i.value.trim()).filter(Boolean))];
    }
    for (const asked of document.querySelectorAll("[data-asked]")) {
      const id = asked.dataset.asked;
      const box = [...document.querySelectorAll("[data-note]")].find((b) => b.dataset.note === id);
      const note = box ? box.value.trim() : "";
      if (asked.checked || note) whole.questions_asked.push({ id, note });
    }
    const looks = [...document.querySelectorAll("[data-look]")].filter((box) => box.value.trim());
    const notes = looks.map((box) => box.dataset.look + ": " + box.value.trim());
    whole.notes = [document.getElementById("whole-note").value.trim(), ...notes].filter(Boolean).join("\n");
    return whole;
  };
  document.getElementById("unsaved").hidden = true;
  saving.hidden = false;
  document.getElementById("save").addEventListener("click", () => {
    const whole = filled();
    if (!whole.rater) {
      saved.textContent = "Your name is missing: a scorecard says whose it is.";
      rater.focus();
      return;
    }
    const link = document.createElement("a");
    const text = JSON.stringify(whole, null, 2) + "\n";
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "scorecard.json";
    link.click();
    URL.revokeObjectURL(link.href);
    const open = whole.scores.filter((s) => !s.level || s.reason.split(/\s+/).filter(Boolean).length < 4).length;
    saved.textContent = open
      ? "Saved. Still open: " + open + " of " + whole.scores.length + " dimensions want a level and a sentence."
      : "Saved. Every dimension has a level and a reason: lock it with: harness score lock scorecard.json";
  });
})();
