"""
Migrating without rendering again what an operation leaves as it is.

After each operation Django renders the model anew and with it all that are related, directly or
not: here nearly all there are. New models, fields, indexes and constraints, nine operations in ten,
change nothing about other models: the classes that are there take them up. All else goes Django's
way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.models import BaseConstraint, Field, Index, Model


class StateInPlace(ProjectState):
    """
    A state whose rendered models follow along where they can.

    Copies that it gives (`clone`) are Django's own and share its classes: what is changed on a
    copy is rendered anew and never shows here. What is added here shows on the copies, too.
    """

    def add_model(self, model_state: ModelState) -> None:
        """Render a new model alone: nothing that is rendered before it can refer to it."""
        with self._apart() as rendered:
            super().add_model(model_state)
        if rendered is not None:
            rendered.render_multiple([model_state])

    def add_field(
        self,
        app_label: str,
        model_name: str,
        name: str,
        field: "Field[Any, Any]",
        preserve_default: bool,
    ) -> None:
        """Let the rendered model take the field up, unless others change with it."""
        if not self._takes(app_label, model_name, field):
            super().add_field(app_label, model_name, name, field, preserve_default)
            return
        with self._apart() as rendered:
            super().add_field(app_label, model_name, name, field, preserve_default)
        if rendered is not None:
            added = self.models[app_label, model_name].fields[name].clone()
            rendered.get_model(app_label, model_name).add_to_class(name, added)
            rendered.clear_cache()

    def add_index(self, app_label: str, model_name: str, index: Index) -> None:
        """Show the index on the rendered model."""
        with self._apart():
            super().add_index(app_label, model_name, index)
        self._show("indexes", app_label, model_name)

    def remove_index(self, app_label: str, model_name: str, index_name: str) -> None:
        """Show the model without the index."""
        with self._apart():
            super().remove_index(app_label, model_name, index_name)
        self._show("indexes", app_label, model_name)

    def add_constraint(self, app_label: str, model_name: str, constraint: BaseConstraint) -> None:
        """Show the constraint on the rendered model."""
        with self._apart():
            super().add_constraint(app_label, model_name, constraint)
        self._show("constraints", app_label, model_name)

    def remove_constraint(self, app_label: str, model_name: str, constraint_name: str) -> None:
        """Show the model without the constraint."""
        with self._apart():
            super().remove_constraint(app_label, model_name, constraint_name)
        self._show("constraints", app_label, model_name)

    def reload_model(
        self,
        app_label: str,
        model_name: str,
        delay: bool = False,  # noqa: ARG002
    ) -> None:
        """Render all that are related, never some: those would refer to classes of before."""
        super().reload_model(app_label, model_name, delay=False)

    def reload_models(self, models: Any, delay: bool = True) -> None:  # noqa: ARG002
        """Do the same for several."""
        super().reload_models(models, delay=False)

    @contextmanager
    def _apart(self) -> Iterator[StateApps | None]:
        """Change what is known of the models, and leave to the caller what is rendered of it."""
        rendered = self.__dict__.pop("apps", None)
        try:
            yield rendered
        finally:
            if rendered is not None:
                self.__dict__["apps"] = rendered

    def _show(self, option: str, app_label: str, model_name: str) -> None:
        """Give a rendered model the constraints or indexes that the state has for it."""
        if "apps" not in self.__dict__:
            return
        options = self.apps.get_model(app_label, model_name)._meta
        told = self.models[app_label, model_name].options[option]
        options.original_attrs[option] = told
        setattr(options, option, options._format_names(told))
        options.__dict__.pop("total_unique_constraints", None)

    def _takes(self, app_label: str, model_name: str, field: "Field[Any, Any]") -> bool:
        """Return whether a rendered model can take a field up without others changing with it."""
        rendered = self.__dict__.get("apps")
        if rendered is None or field.many_to_many or field.primary_key:
            return False
        model: type[Model] = rendered.get_model(app_label, model_name)
        return not model.__subclasses__() and not model._meta.proxy


class ExecutorInPlace(MigrationExecutor):
    """Django's executor, which carries a `StateInPlace` from migration to migration."""

    def _migrate_all_forwards(
        self,
        state: ProjectState,
        plan: list[tuple[Migration, bool]],
        full_plan: list[tuple[Migration, bool]],
        fake: bool,
        fake_initial: bool,
    ) -> Any:
        # Rendered anew, so that every class belongs to this state and to no other.
        carried = StateInPlace(models=state.models, real_apps=state.real_apps)
        return super()._migrate_all_forwards(  # type: ignore[misc]
            carried, plan, full_plan, fake, fake_initial
        )
