"""The forms of the page of access: to ask, to make a key, to hand over, to open."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from marketplace.fulfilment import handover_keys as fulfilment_handover_keys
from marketplace.fulfilment.handover_contracts import (
    BARE_FORMAT,
    DOCUMENT_FORMAT,
    ENDPOINT_LENGTH_MAX,
    KEY_HINT_LENGTH,
    REQUESTS_A_MINUTE_MAX,
    SCOPE_LENGTH_MAX,
    SCOPES_MAX,
    SEALED_LENGTH_MAX,
    SSH_LENGTH_MAX,
    AccessKind,
    AccessWay,
    HandoverKeyKind,
    RenewalReason,
    ScopedKey,
)
from marketplace.portal import figures
from marketplace.portal.forms import MomentFormField, OnceForm, WholeField

_OF_KEYS = ("scopes", "expires_at", "requests_a_minute", "key_hint", "former_until")


class ActForm(OnceForm):
    """A form of the page of access; it says which act it asks for."""

    act = forms.CharField(widget=forms.HiddenInput)


class MakeKeyForm(ActForm):
    """A sealing key that is made in the browser, listed and named in one press."""

    public_key = forms.CharField(
        label=gettext_lazy("Sealing key"),
        max_length=SSH_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Made in this browser, which saves its private half as a file; or by the command. The"
            " private half never leaves you."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["public_key"].widget.attrs |= {
            "data-make": _("Make a sealing key, and ask for access"),
            "data-made": _("Keep the file that was saved: without it nobody opens the secret."),
            "data-send": "1",
        }


class AskForm(ActForm):
    """Whom to let in, and how the endpoint comes."""

    sealing_key = forms.ChoiceField(
        label=gettext_lazy("Endpoint and secret are sealed to"), required=False
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), required=False, choices=RenewalReason.choices
    )
    is_plain = forms.BooleanField(
        label=gettext_lazy("Give me the endpoint in the open"),
        required=False,
        help_text=gettext_lazy(
            "The market and its backups can read it then, until the delivery is over. A secret is"
            " sealed all the same."
        ),
    )

    def __init__(self, *args: Any, keys: Sequence[Any], is_renewed: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        sealing = [(str(key.pk), key.name) for key in keys if key.kind == HandoverKeyKind.SEAL]
        field: Any = self.fields["sealing_key"]
        field.choices = sealing
        if not sealing:
            del self.fields["sealing_key"]
        if not is_renewed:
            del self.fields["reason"]


class HandForm(ActForm):
    """What a provider hands over."""

    request = forms.IntegerField(widget=forms.HiddenInput)
    endpoint = forms.CharField(
        label=gettext_lazy("Endpoint"),
        required=False,
        max_length=ENDPOINT_LENGTH_MAX,
        help_text=gettext_lazy(
            "A host, host:port, or an address such as ssh://user@host:22 or https://…. The buyer"
            " wants it in the open: no password belongs here."
        ),
    )
    sealed = forms.CharField(
        label=gettext_lazy("Endpoint and secret"),
        max_length=SEALED_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Sealed in this browser before it is sent; only the buyer opens it. Without a script:"
            " what the command has sealed."
        ),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of access"),
        required=False,
        choices=[("", "–"), *AccessKind.choices],
        help_text=gettext_lazy("All that the market knows of what is sealed."),
    )
    scopes = forms.CharField(
        label=gettext_lazy("Scopes of the key"),
        required=False,
        max_length=SCOPES_MAX * (SCOPE_LENGTH_MAX + 1),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Such as chat embed:read, with spaces between; none: all of it."),
    )
    requests_a_minute = WholeField(
        label=gettext_lazy("Requests a minute"),
        required=False,
        min_value=1,
        max_value=REQUESTS_A_MINUTE_MAX,
    )
    expires_at = MomentFormField(label=gettext_lazy("The key expires at"), required=False)
    key_hint = forms.CharField(
        label=gettext_lazy("Last four characters of the key"),
        required=False,
        max_length=KEY_HINT_LENGTH,
        help_text=gettext_lazy("By them both sides know which key is meant."),
    )
    former_until = MomentFormField(
        label=gettext_lazy("The former key counts until"), required=False
    )

    def __init__(
        self, *args: Any, asked: Any, is_interface: bool, is_replaced: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.is_interface = is_interface
        self.is_document = asked.way == AccessWay.SEALED or bool(
            asked.way == AccessWay.EARLIER and asked.sealing_key
        )
        if self.is_document:
            del self.fields["endpoint"]
        elif not asked.sealing_key:
            del self.fields["sealed"]
        else:
            self.fields["sealed"].required = False
            self.fields["sealed"].label = _("The secret")
        if "sealed" in self.fields:
            self._seals(asked)
        for name in _OF_KEYS if not is_interface else ():
            del self.fields[name]
        if is_interface:
            self._words(asked, is_replaced=is_replaced)

    @property
    def sealed_format(self) -> int:
        """Return the format of what is sealed: a document with the endpoint, or a secret alone."""
        return DOCUMENT_FORMAT if self.is_document else BARE_FORMAT

    def _seals(self, asked: Any) -> None:
        info = fulfilment_handover_keys.sealed_for(
            asked.delivery_id, asked.sequence, sealed_format=self.sealed_format
        )
        told = {"data-seal": asked.sealing_key, "data-info": info}
        told["data-label"] = _("Passwords, tokens, keys: they leave this browser sealed")
        if self.is_document:
            told["data-place"] = _("Endpoint, such as ssh://user@host:22 or https://…")
            told["data-wrong"] = _(
                "Write a host, host:port, or an address that begins with ssh:// or https://."
            )
        if self.is_interface:
            told["data-hint"] = "1"
        self.fields["sealed"].widget.attrs |= told

    def _words(self, asked: Any, *, is_replaced: bool) -> None:
        zone = _("Time of day in %(zone)s.") % {"zone": figures.zone_name(clock.now())}
        self.fields["expires_at"].help_text = " ".join(
            [
                _("Empty: when the delivery ends."),
                _("It may last until the data is to be wiped, and no longer."),
                zone,
            ]
        )
        if not is_replaced or asked.reason == RenewalReason.LEAKED:
            del self.fields["former_until"]
            return
        told = _("24 hours from now at most; empty: not any more.")
        self.fields["former_until"].help_text = f"{told} {zone}"

    def clean_key_hint(self) -> str:
        """Return the last characters of the key; something shorter is no hint."""
        hint: str = self.cleaned_data["key_hint"]
        if hint and len(hint) != KEY_HINT_LENGTH:
            raise ValidationError(_("the hint is its last four characters."), code="invalid")
        return hint

    def said_of_key(self) -> ScopedKey | None:
        """Return what is said of the key for an interface; none of what is no interface."""
        if not self.is_interface:
            return None
        said = self.cleaned_data
        return ScopedKey(
            tuple(said["scopes"].split()),
            said["expires_at"],
            said["requests_a_minute"],
            said["key_hint"],
            said.get("former_until"),
        )


class OpenForm(ActForm):
    """What was sealed, to be opened in the browser."""

    secret = forms.CharField(
        label=gettext_lazy("What was sealed"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "readonly": True, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, info: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["secret"].widget.attrs |= {
            "data-open": "1",
            "data-info": info,
            "data-label": _("Choose the file of your sealing key; it stays in this browser"),
            "data-wrong": _("This key does not open it."),
        }
