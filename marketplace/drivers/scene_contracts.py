"""Scenes: what is usually ordered, as data of the market; and what buyers keep of their orders."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

SCENE: Final = "order_scene"  # the kind of object
TEMPLATE: Final = "order_template"
SCENE_KIND: Final = "drivers.scene"  # what takes two operators
COMMUNITY_SCENE: Final = "community"  # what is given away comes first
CODE_LENGTH_MAX: Final = 40
TITLE_LENGTH_MAX: Final = 60
SENTENCE_LENGTH_MAX: Final = 300
TEMPLATES_MAX: Final = 100  # of an organisation


class SceneInvalid(InvalidInput):
    """A scene breaks its form."""

    code = "scene_invalid"
    status = 422
    sentence = _("The scene cannot be published like this: %(problem)s.")


class SceneUnchanged(Refusal):
    """The scene says this already."""

    code = "scene_unchanged"
    sentence = _("The scene says this already.")


class SceneNotFound(NotFound):
    """No scene of this code was published."""

    code = "scene_not_found"
    sentence = _("There is no such scene.")


class TemplateNotFound(NotFound):
    """There is no such template, or it is someone else's; the two look alike."""

    code = "order_template_not_found"
    sentence = _("There is no such template.")


class TemplateInvalid(InvalidInput):
    """A template without a name, or with one that is taken."""

    code = "order_template_invalid"
    status = 422
    sentence = _("The template cannot be kept like this: %(problem)s.")


class TooManyTemplates(Refusal):
    """The organisation keeps as many as it may."""

    code = "too_many_order_templates"
    sentence = _("An organisation keeps at most %(limit)s templates.")
