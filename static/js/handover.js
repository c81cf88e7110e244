// Access, sealed in the browser: HPKE (RFC 9180), base mode, with DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256 and AES-256-GCM, on the browser's own cryptography. Private keys and secrets stay
// here: what is typed into the parts that this file adds has no name, so no form sends it.
// Without this file, or where the browser cannot do it, the command does the same.
"use strict";
(() => {
  const subtle = globalThis.crypto?.subtle;
  const text = new TextEncoder();
  const EMPTY = new Uint8Array();

  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of parts) {
      whole.set(part, place);
      place += part.length;
    }
    return whole;
  };
  const written = (bytes) =>
    btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const read = (base64) =>
    Uint8Array.from(atob(base64.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/")),
      (mark) => mark.charCodeAt(0));

  async function hmac(key, message) {
    const used = key.length ? key : new Uint8Array(32);
    const made = await subtle.importKey("raw", used, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await subtle.sign("HMAC", made, message));
  }
  const KEM = joined(text.encode("KEM"), new Uint8Array([0, 32]));
  const SUITE = joined(text.encode("HPKE"), new Uint8Array([0, 32, 0, 1, 0, 2]));
  const VERSION = text.encode("HPKE-v1");
  const extract = (suite, salt, label, key) =>
    hmac(salt, joined(VERSION, suite, text.encode(label), key));
  async function expand(suite, secret, label, info, length) {
    const labelled = joined(new Uint8Array([0, length]), VERSION, suite, text.encode(label), info);
    return (await hmac(secret, joined(labelled, new Uint8Array([1])))).slice(0, length);
  }
  async function agreed(mine, theirs) {
    const publicKey = await subtle.importKey("raw", theirs, "X25519", false, []);
    return new Uint8Array(await subtle.deriveBits({ name: "X25519", public: publicKey }, mine, 256));
  }
  async function context(shared, sent, receiver, info) {
    const extracted = await extract(KEM, EMPTY, "eae_prk", shared);
    const secret = await expand(KEM, extracted, "shared_secret", joined(sent, receiver), 32);
    const named = await extract(SUITE, EMPTY, "psk_id_hash", EMPTY);
    const about = await extract(SUITE, EMPTY, "info_hash", text.encode(info));
    const schedule = joined(new Uint8Array([0]), named, about);
    const whole = await extract(SUITE, secret, "secret", EMPTY);
    const key = await expand(SUITE, whole, "key", schedule, 32);
    const nonce = await expand(SUITE, whole, "base_nonce", schedule, 12);
    const cipher = await subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
    return { cipher, algorithm: { name: "AES-GCM", iv: nonce } };
  }
  async function seal(receiver, info, secret) {
    const pair = await subtle.generateKey("X25519", true, ["deriveBits"]);
    const sent = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
    const made = await context(await agreed(pair.privateKey, receiver), sent, receiver, info);
    return written(joined(sent, new Uint8Array(
      await subtle.encrypt(made.algorithm, made.cipher, text.encode(secret)))));
  }
  async function open(kept, info, sealed) {
    const whole = read(sealed);
    const sent = whole.slice(0, 32);
    const key = { kty: "OKP", crv: "X25519", x: kept.x, d: kept.d };
    const mine = await subtle.importKey("jwk", key, "X25519", false, ["deriveBits"]);
    const made = await context(await agreed(mine, sent), sent, read(kept.x), info);
    return new TextDecoder().decode(
      await subtle.decrypt(made.algorithm, made.cipher, whole.slice(32)));
  }

  function button(label) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "cm-btn";
    made.textContent = label;
    return made;
  }
  function after(field, ...parts) {
    const around = document.createElement("div");
    around.className = "cm-row cm-wrap cm-mt";
    around.append(...parts);
    field.after(around);
    return around;
  }
  function told() {
    const made = document.createElement("output");
    made.className = "cm-hint";
    return made;
  }

  // A pair is made, its private half is saved as a file, its public half is put into the field; with
  // data-send the form is sent then: one press.
  function makesKeys(field) {
    const made = button(field.dataset.make);
    const said = told();
    after(field, made, said);
    made.addEventListener("click", async () => {
      const pair = await subtle.generateKey("X25519", true, ["deriveBits"]);
      const kept = await subtle.exportKey("jwk", pair.privateKey);
      const file = new Blob([JSON.stringify({ kty: kept.kty, crv: kept.crv, x: kept.x, d: kept.d })]);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = "suanpan-sealing-key.json";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      field.value = kept.x;
      said.textContent = field.dataset.made;
      if ("send" in field.dataset) field.form.requestSubmit();
    });
  }

  // Endpoint and secret are typed beside the field, which gets what was sealed at the moment of
  // sending: one canonical document. What the market may know, the kind of place and the last
  // characters of a key, is filled in where nobody did.
  const DOCUMENT = "suanpan-access/2";
  const PLACE = /^(?:https:\/\/|ssh:\/\/(?:[\w.-]+@)?)?(?:[^\s\/:@[\]]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:[\/?#]\S*)?$/i;
  const kindOf = (place) =>
    /^ssh:/i.test(place) ? "SSH" : /^https:/i.test(place) ? "HTTPS" : "OTHER";
  function typed(made, label) {
    made.className = "cm-input";
    made.autocomplete = "off";
    made.spellcheck = false;
    made.setAttribute("aria-label", label);
    made.placeholder = label;
    return made;
  }
  function seals(field) {
    const secret = typed(document.createElement("textarea"), field.dataset.label);
    secret.rows = 4;
    field.hidden = true;
    field.after(secret);
    let isSealed = false;
    const changed = () => { isSealed = false; };
    secret.addEventListener("input", changed);
    if (!("place" in field.dataset)) { // A secret alone: its endpoint is in the open.
      sealsAtSending(field, () => isSealed || !secret.value, async () => {
        field.value = await seal(read(field.dataset.seal), field.dataset.info, secret.value);
        isSealed = true;
      });
      return;
    }
    const place = typed(document.createElement("input"), field.dataset.place);
    field.required = false;
    field.after(place);
    place.addEventListener("input", () => {
      changed();
      place.setCustomValidity("");
    });
    const isKey = "hint" in field.dataset;
    sealsAtSending(field, () => isSealed, async () => {
      place.setCustomValidity(PLACE.test(place.value.trim()) ? "" : field.dataset.wrong);
      if (!place.reportValidity()) return false;
      const parts = { endpoint: place.value.trim(), format: DOCUMENT, secret: secret.value };
      const { kind, key_hint: hint } = field.form.elements;
      if (kind && !kind.value) kind.value = kindOf(parts.endpoint);
      const last = secret.value.trim().slice(-4);
      if (isKey && hint && !hint.value && /^[!-~]{4}$/.test(last)) hint.value = last;
      field.value = await seal(read(field.dataset.seal), field.dataset.info, JSON.stringify(parts));
      isSealed = true;
    });
  }
  function sealsAtSending(field, isDone, sealNow) {
    field.form.addEventListener("submit", (event) => {
      if (isDone()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const sender = event.submitter;
      sealNow().then((goesOn) => {
        // Within its first sending it is ignored.
        if (goesOn !== false) setTimeout(() => field.form.requestSubmit(sender));
      });
    }, true);
  }
  // Of a document the endpoint stands in the first line; a secret alone is shown as it is.
  function shownParts(whole, info) {
    if (!info.startsWith("suanpan-handover/2:")) return whole;
    const parts = JSON.parse(whole);
    if (parts.format !== DOCUMENT) throw new Error(DOCUMENT);
    return parts.secret ? `${parts.endpoint}\n${parts.secret}` : parts.endpoint;
  }

  // The key's file is read here and goes nowhere; what was sealed is shown below.
  function opens(field) {
    const label = document.createElement("label");
    label.className = "cm-field is-wide";
    label.textContent = field.dataset.label;
    const file = document.createElement("input");
    file.type = "file";
    file.accept = ".json,application/json";
    file.className = "cm-input";
    label.append(file);
    const shown = document.createElement("pre");
    shown.className = "cm-code";
    shown.hidden = true;
    const said = told();
    field.after(label, said, shown);
    file.addEventListener("change", async () => {
      shown.hidden = true;
      try {
        const kept = JSON.parse(await file.files[0].text());
        const { info } = field.dataset;
        shown.textContent = shownParts(await open(kept, info, field.value), info);
        shown.hidden = false;
        said.textContent = "";
      } catch {
        said.textContent = field.dataset.wrong;
      }
    });
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const fields = document.querySelectorAll("[data-make],[data-seal],[data-open]");
    if (!fields.length || !subtle) return;
    try {
      await subtle.generateKey("X25519", false, ["deriveBits"]);
    } catch {
      return; // This browser knows no X25519: the command does.
    }
    for (const field of fields) {
      if ("make" in field.dataset) makesKeys(field);
      else if ("seal" in field.dataset) seals(field);
      else opens(field);
    }
  });
})();
