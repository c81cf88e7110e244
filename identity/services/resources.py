"""The register of compute resources, each under its compute identifier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from common import doorbell, tenancy
from common.errors import InvalidInput, NotFound, Refusal
from common.plain_text import TurnsDirection, turns_direction
from identity import followers, rules
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm, ResourceStatus
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.identifiers import chain, codec, industries, kinds, profiles, regions
from identity.identifiers.refusals import UnknownIndustry, UnknownRegion
from identity.models import ComputeResource, IdentifierProfile, Organization
from identity.register_models import CodeAlias, ProfileUse
from identity.services import hardware
from identity.services.grants import LimitsExceeded
from identity.services.organizations import InvalidRegion

TOTAL_MILLI_MAX: Final = 10**12
SERIAL_LENGTH: Final = 8  # in the profiles that are shipped
RESOURCES_MAX: Final = 10_000
# Storage, networks and APIs are nodes, and made of no chips or processors that could be sold.
NOT_COMPUTE: Final = frozenset({CapacityUnit.GB, CapacityUnit.GBPS, CapacityUnit.TPS})
COMPUTING: Final = frozenset({"chip", "chips", "vcpu"})


class SerialTaken(Refusal):
    """The provider has given the serial to another resource."""

    code = "serial_taken"
    sentence = _("You have registered a resource with the serial %(serial)s already.")


class InvalidCapacity(InvalidInput):
    """A resource holds at least a thousandth of its unit, and never more free than in total."""

    code = "invalid_capacity"
    sentence = _("Capacity must be positive, and what is available within the total.")


class InvalidSpecification(InvalidInput):
    """The specification names nothing that the identifier profile can count."""

    code = "invalid_specification"
    sentence = _("The specification must name chips with their cards, vCPUs, or nodes.")


class PoolNeeded(Refusal):
    """Codes of the profile in use are allotted to pools, and none was named."""

    code = "pool_needed"
    status = 422
    sentence = _("New resources are registered in a pool: name one of yours.")


class PoolFull(Refusal):
    """A pool holds as many resources as were allotted, counted by the database."""

    code = "pool_full"
    status = 422
    sentence = _("The pool is full: ask for another one.")


@dataclass(frozen=True, slots=True)
class Allotted:
    """
    Under which profile a pool's codes are written, and which parts of them are its own.

    `limits` are those of the grants above it: resources lie within each of them.
    """

    profile: str
    parts: Mapping[str, str]
    limits: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """
    What a provider says about a resource.

    `specification` holds `{"chip": …, "cards": n}`, or `{"chips": [{"chip": …, "cards": n}, …]}`,
    or without chips `{"vcpu": n}` or `{"nodes": n}`; other members are kept as they are. Chips may
    be called by any name of the identifier profile and are registered under the first of them.
    Without a serial the next number is given.
    """

    name: str
    region: str
    resource_class: ResourceClass
    form: ResourceForm
    specification: Mapping[str, Any]
    capacity_unit: CapacityUnit
    total_milli: int
    name_en: str = ""
    industry: str = "I64"
    serial: str = ""
    pue: Decimal | None = None
    grid_region: str = ""
    status: ResourceStatus = field(default=ResourceStatus.ACTIVE)
    hardware_serials: tuple[str, ...] = ()  # kept as hashes, and told to nobody


def register_resource(
    *,
    provider_id: UUID,
    facts: ResourceFacts,
    registered_at: datetime,
    allotted: Allotted | None = None,
) -> ComputeResource:
    """Enter one resource into the register; see `register_resources`."""
    (resource,) = register_resources(
        provider_id=provider_id, facts=[facts], registered_at=registered_at, allotted=allotted
    )
    return resource


@transaction.atomic
def register_resources(
    *,
    provider_id: UUID,
    facts: Sequence[ResourceFacts],
    registered_at: datetime,
    allotted: Allotted | None = None,
) -> list[ComputeResource]:
    """
    Enter resources of one provider into the register, all or none, each under its identifier.

    Its profile is that of the pool, where one is `allotted`; else the one in use on that day.

    :raises NotFound: if the provider is unknown
    :raises PoolNeeded: if the profile in use has codes of pools, and none is given
    :raises InvalidIdentifier: if a region, industry, chip or serial breaks the profile
    :raises InvalidSpecification, InvalidCapacity: if the figures make no resource
    :raises InvalidRegion: if the grid is that of no region
    :raises SerialTaken: if a serial was used before within the prefix
    :raises PoolFull: if the pool holds no more
    :raises LimitsExceeded: if a grant is for other regions or classes
    :raises HardwareTaken: if another resource names the same hardware
    :raises TurnsDirection: if a name does not read as it was written
    """
    if len(facts) > RESOURCES_MAX:
        raise InvalidInput
    for fact in facts:
        _require_plain(fact.name, fact.name_en)
    provider = Organization.objects.filter(pk=provider_id).first()
    if provider is None:
        raise NotFound
    row = _profile(allotted, registered_at)
    profile = profiles.layout(row.definition)
    parts = allotted.parts if allotted else {"owner": provider.uscc}
    _require_within(facts, allotted)
    prefix = profile.prefix_of_serials(parts)
    lock_serials(prefix)
    serials = _serials(profile, prefix, facts)
    resources = []
    for fact, serial in zip(facts, serials, strict=True):
        identifier = identifier_of(
            fact, allotted=parts, serial=serial, profile=profile, on=registered_at.date()
        )
        specification = canonical_specification(fact.specification, profile=profile)
        named = replace(fact, specification=specification)
        made = _resource(named, provider, row, serial, identifier, registered_at)
        made.prefix = prefix
        resources.append(made)
    created = _insert(resources)
    made_of = {each.pk: fact.hardware_serials for each, fact in zip(created, facts, strict=True)}
    hardware.name_hardware(made_of, provider_id=provider_id)
    _record(IdentityEvent.RESOURCE_REGISTERED, created)
    return created


def _require_plain(name: str, name_en: str) -> None:
    for field_name, text in (("name", name), ("name_en", name_en)):
        if turns_direction(text):
            raise TurnsDirection(field=field_name)


def _require_within(facts: Sequence[ResourceFacts], allotted: Allotted | None) -> None:
    for fact in facts:
        for limits in allotted.limits if allotted else ():
            place = {"region": fact.region, "resource_class": str(fact.resource_class)}
            if not chain.allows(limits, **place):
                raise LimitsExceeded(field="pool")


def _insert(resources: Sequence[ComputeResource]) -> list[ComputeResource]:
    try:
        with transaction.atomic():
            return ComputeResource.objects.bulk_create(resources)
    except IntegrityError as error:
        if "pool_within_its_limit" in str(error):
            raise PoolFull(field="pool") from error
        raise


def _record(name: IdentityEvent, resources: Sequence[ComputeResource], **facts: object) -> None:
    events.record(
        events.Event(
            name=name,
            object_kind="resource",
            object_id=resource.pk,
            object_label=resource.identifier,
            concerns=[resource.provider_id],
            facts=facts,
        )
        for resource in resources
    )


def _profile(allotted: Allotted | None, at: datetime) -> IdentifierProfile:
    if allotted:
        return IdentifierProfile.objects.get(version=allotted.profile)
    use = (
        ProfileUse.objects.select_related("profile")
        .filter(from_at__lte=at)
        .order_by("-from_at")
        .first()
    )
    if use is None:
        return IdentifierProfile.objects.get(version=profiles.CURRENT_VERSION)
    if "pool" in use.profile.definition.get("routing", ()):
        raise PoolNeeded(field="pool")
    return use.profile


def identifier_of(
    facts: ResourceFacts,
    *,
    allotted: Mapping[str, str],
    serial: str,
    profile: codec.Profile,
    on: date,
) -> str:
    """
    Return the compute identifier that the facts make; `allotted` are the parts that stand before.

    What the profile keeps in the record alone is checked as if it stood in the code.
    """
    components = _components(facts.specification, profile)
    _require_place(facts, on)
    return codec.format_identifier(
        {
            "industry": facts.industry,
            "region": facts.region,
            "resource_class": facts.resource_class,
            "form": facts.form,
            "specification": components,
            "serial": serial,
            **allotted,
        },
        profile=profile,
        on=on,
    )


def _require_place(facts: ResourceFacts, on: date) -> None:
    if not industries.is_industry(facts.industry):
        raise UnknownIndustry
    region = regions.regions().get(facts.region)
    if region is None or not region.is_valid_on(on):
        raise UnknownRegion


def canonical_specification(
    specification: Mapping[str, Any], *, profile: codec.Profile
) -> dict[str, Any]:
    """
    Return the specification with every chip under its first name, so that filters find it.

    :raises UnknownCode: if the profile lists no such chip
    """
    result = dict(specification)
    if result.get("chip"):
        result["chip"] = profile.first_name(str(result["chip"]))
    if result.get("chips"):
        result["chips"] = [
            {**entry, "chip": profile.first_name(str(entry["chip"]))} for entry in result["chips"]
        ]
    return result


def _components(
    specification: Mapping[str, Any], profile: codec.Profile
) -> tuple[kinds.Component, ...]:
    """Return what the identifier counts: chips if there are any, else vCPUs, else nodes."""
    chips = specification.get("chips") or ([specification] if specification.get("chip") else [])
    try:
        counted = [(str(entry["chip"]), entry["cards"]) for entry in chips]
    except (KeyError, TypeError) as error:
        raise InvalidSpecification(field="specification") from error
    if not counted:
        counted = [("vcpu", specification.get("vcpu"))] if specification.get("vcpu") else []
    if not counted:
        counted = [("node", specification.get("nodes"))]
    for _name, quantity in counted:
        if type(quantity) is not int or not 0 < quantity <= profile.quantity_max:
            raise InvalidSpecification(field="specification")
    return kinds.canonical(
        [kinds.Component(profile.component_code(name), quantity) for name, quantity in counted]
    )


def _resource(
    facts: ResourceFacts,
    provider: Organization,
    profile: IdentifierProfile,
    serial: str,
    identifier: str,
    registered_at: datetime,
) -> ComputeResource:
    if not 0 < facts.total_milli <= TOTAL_MILLI_MAX:
        raise InvalidCapacity(field="total_milli")
    if facts.capacity_unit in NOT_COMPUTE and COMPUTING & facts.specification.keys():
        raise InvalidSpecification(field="specification")
    if facts.grid_region and facts.grid_region not in regions.regions():
        raise InvalidRegion(field="grid_region")
    return ComputeResource(
        identifier=identifier,
        profile=profile,
        provider=provider,
        name=facts.name,
        name_en=facts.name_en,
        industry=facts.industry,
        region=facts.region,
        resource_class=facts.resource_class,
        form=facts.form,
        specification=dict(facts.specification),
        serial=serial,
        capacity_unit=facts.capacity_unit,
        total_milli=facts.total_milli,
        available_milli=facts.total_milli,
        observed_at=registered_at,
        status=facts.status,
        pue=facts.pue,
        grid_region=facts.grid_region or regions.regions()[facts.region].province,
        registered_at=registered_at,
    )


def lock_serials(prefix: str) -> None:
    """Let one transaction at a time give out serials within a prefix."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"serial {prefix}"]
        )


def taken_serials(version: str, prefix: str) -> set[str]:
    """Return the serials that are given within a prefix, to first codes and to further ones."""
    within = {"prefix": prefix}
    registered = ComputeResource.objects.filter(profile_id=version, **within)
    aliases = CodeAlias.objects.filter(profile=version, **within)
    return {
        *registered.values_list("serial", flat=True),
        *aliases.values_list("serial", flat=True),
    }


def _serials(profile: codec.Profile, prefix: str, facts: Sequence[ResourceFacts]) -> list[str]:
    """Return one unused serial for each resource: its own, or the next number."""
    taken = taken_serials(profile.version, prefix)
    length = profile.serial_length
    number = max((int(serial) for serial in taken if serial.isdigit()), default=0)
    serials = []
    for fact in facts:
        if fact.serial:
            serial = fact.serial.rjust(length, "0")
        else:
            number += 1
            serial = f"{number:0{length}d}"
        if serial in taken:
            raise SerialTaken(field="serial", serial=serial)
        taken.add(serial)
        serials.append(serial)
    return serials


@transaction.atomic
def change_resource_status(
    *, resource_id: UUID, provider_id: UUID, status: ResourceStatus, reason: str = ""
) -> ComputeResource:
    """
    Suspend, resume or withdraw a provider's resource; its history keeps the reason, for everybody.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    :raises StatusChangeRefused: if the register knows no such step
    """
    tell_followers = followers.before(resource_id)
    resource = (
        ComputeResource.objects.select_for_update(of=("self",), no_key=True)
        .select_related("provider")
        .filter(pk=resource_id, provider_id=provider_id)
        .first()
    )
    if resource is None:
        raise NotFound
    rules.require_status_change(ResourceStatus(resource.status), status)
    resource.status = status
    say_reason(reason)
    if status == ResourceStatus.WITHDRAWN:
        hardware.free_hardware([resource.pk])
    resource.save(update_fields=["status"])
    _record(IdentityEvent.RESOURCE_CHANGED, [resource], status=status)
    doorbell.ring("register.changed")
    tell_followers()
    return resource


def say_reason(reason: str) -> None:
    """Tell the trigger that keeps the history why; until the transaction ends, or the next step."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suanpan.status_reason', %s, true)", [reason[:500]])


@transaction.atomic
def rename_resource(
    *, resource_id: UUID, provider_id: UUID, name: str, name_en: str
) -> ComputeResource:
    """
    Call a provider's resource something else; its compute identifier stays what it is.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    :raises TurnsDirection: if a name does not read as it was written
    """
    _require_plain(name, name_en)
    owned = ComputeResource.objects.filter(pk=resource_id, provider_id=provider_id)
    resource = owned.select_for_update(of=("self",), no_key=True).first()
    if resource is None:
        raise NotFound
    if (resource.name, resource.name_en) != (name, name_en):
        resource.name, resource.name_en = name, name_en
        resource.save(update_fields=["name", "name_en"])
        _record(IdentityEvent.RESOURCE_CHANGED, [resource], changed=["name", "name_en"])
    return resource


@transaction.atomic
def set_verification_levels(levels: Mapping[UUID, int]) -> None:
    """
    Enter the levels that certificates bear; the room of verification alone asks for it.

    The database takes no level without its certificate. Listings that promise more stop selling.
    """
    followed = [followers.before(each) for each in sorted(levels)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (
                SELECT * FROM unnest(%(ids)s::uuid[], %(levels)s::smallint[]) AS g (id, level)
            ), locked AS (
                SELECT r.id, g.level FROM identity_computeresource r
                JOIN given g USING (id) ORDER BY r.id FOR NO KEY UPDATE OF r
            )
            UPDATE identity_computeresource r SET verification_level = l.level
            FROM locked l WHERE r.id = l.id AND r.verification_level <> l.level
            """,
            {"ids": sorted(levels), "levels": [levels[key] for key in sorted(levels)]},
        )
    for tell in followed:
        tell()


def observe_capacity(available: Mapping[UUID, int], *, at: datetime) -> None:
    """
    Record what is available of resources at a moment; an older observation changes nothing.

    :raises InvalidCapacity: if a figure is negative or above the resource's total
    """
    ids = sorted(available)
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH seen AS (
                SELECT * FROM unnest(%(ids)s::uuid[], %(milli)s::bigint[]) AS s (id, milli)
            ), locked AS (
                SELECT r.id, r.total_milli, s.milli FROM identity_computeresource r
                JOIN seen s USING (id) ORDER BY r.id FOR NO KEY UPDATE OF r
            ), changed AS (
                UPDATE identity_computeresource r
                SET available_milli = l.milli, observed_at = %(at)s
                FROM locked l
                WHERE r.id = l.id AND r.observed_at <= %(at)s
                  AND l.milli BETWEEN 0 AND l.total_milli
            )
            SELECT count(*) FROM locked WHERE milli NOT BETWEEN 0 AND total_milli
            """,
            {"ids": ids, "milli": [available[key] for key in ids], "at": at},
        )
        row = cursor.fetchone()
        if row and row[0]:
            raise InvalidCapacity
