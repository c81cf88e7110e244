"""How pages and letters are for a person: name, language, time zone, theme."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity import services as identity_services
from identity.contracts import Theme
from marketplace.portal import figures
from marketplace.portal.access import PortalRequest
from marketplace.portal.forms import PlainForm, show_refusal
from marketplace.portal.views import preferences

NAME_LENGTH_MAX = 80


class ProfileForm(PlainForm):
    """What a person chooses for themselves."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=NAME_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy("As colleagues and the market call you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("Of pages and letters."),
    )
    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(
            attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[("", gettext_lazy("As my system")), *Theme.choices],
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        market = f"{settings.DISPLAY_TIME_ZONE}, {figures.zone_name(clock.read())}"
        self.fields["zone"].help_text = _(
            "In which you read times. Empty: the market's (%(zone)s), which stands beside yours"
            " wherever they differ. Days are always the market's."
        ) % {"zone": market}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PortalRequest) -> HttpResponse:
    """Show and keep how pages and letters are for the person."""
    user: Any = request.user
    kept = {name: getattr(user, name) for name in ProfileForm.base_fields}
    shown = {"language": translation.get_language() or kept["language"]}
    form = ProfileForm(request.POST or None, initial=kept | shown)
    if request.method == "POST" and form.is_valid() and _is_kept(request, form, kept):
        chosen = form.cleaned_data
        with translation.override(chosen["language"]):
            messages.success(request, _("Your profile is kept."))
        response = redirect("portal:profile")
        preferences.remember(response, settings.LANGUAGE_COOKIE_NAME, chosen["language"])
        preferences.remember(response, preferences.THEME_COOKIE, chosen["theme"])
        return response
    context = {"form": form, "zones": sorted(moments.zones()), "now": clock.read()}
    return render(request, "portal/profile.html", context, status=422 if form.errors else 200)


def _is_kept(request: PortalRequest, form: ProfileForm, kept: dict[str, str]) -> bool:
    chosen = form.cleaned_data
    changes = {name: value for name, value in chosen.items() if value != kept[name]}
    try:
        identity_services.update_person(user_id=int(request.user.pk or 0), changes=changes)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True
