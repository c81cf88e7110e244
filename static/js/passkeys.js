// Passkeys: buttons that ask the browser for one. What goes wrong is said beside the button.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const told = document.getElementById("passkey-error");
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    if (told) told.hidden = false;
  });
  for (const button of document.querySelectorAll("[data-passkey]")) {
    const form = window.allauth?.webauthn.forms[button.dataset.passkey];
    if (!form || !window.PublicKeyCredential) {
      button.disabled = true;
      continue;
    }
    const act = button.dataset.passkey.replace("Form", "");
    form({ ids: {
      [act]: button.id, credential: button.dataset.credential, data: "js_data",
      passwordless: "passkey-passwordless",
    } });
  }
});
