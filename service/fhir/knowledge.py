"""All that FHIR says of one version of one pack, by type and id. Knows no store and no web.

Nothing of it is needed to make a plan, and the main job does not import it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from service.domain.content import Pack
from service.fhir.activity_definition import to_activity_definition
from service.fhir.elements import JsonObject
from service.fhir.library import to_library
from service.fhir.material import ReadPage, binary, materials, to_document
from service.fhir.metadata import short
from service.fhir.plan_definition import about, to_plan_definition

_CLINICAL = frozenset({"usage", "_usage"})


class Knowledge(Mapping[str, JsonObject]):
    """The resources of a pack by `Type/id`, each made when it is asked for.

    What is held is the pack and the way to make each resource, never the pages as base64.
    The same pack gives equal resources every time. Parts are shared: do not change them.
    """

    def __init__(self, makers: Mapping[str, Callable[[], JsonObject]]) -> None:
        self._makers = makers

    def __getitem__(self, key: str) -> JsonObject:
        return self._makers[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, key: object) -> bool:
        return key in self._makers  # Mapping would make the resource to find out


def knowledge(pack: Pack, service_url: str, read_page: ReadPage) -> Mapping[str, JsonObject]:
    """Return the pack's definitions, manifest, handouts and pages, keyed `PlanDefinition/<id>`.

    One PlanDefinition, one Library, one ActivityDefinition for each topic, one
    DocumentReference for each handout, edition and language, one Binary for each page.
    `service_url` is where this service is reached, without a slash at the end.
    """
    found = materials(pack)
    makers: dict[str, Callable[[], JsonObject]] = {
        f"PlanDefinition/{short(pack.id)}": partial(to_plan_definition, pack, found, service_url),
        f"Library/{short(pack.id)}": partial(to_library, pack, found, service_url),
    }
    for topic in pack.topics:
        makers[f"ActivityDefinition/{short(f'{pack.id}-{topic.id}')}"] = partial(
            to_activity_definition, pack, topic, about(topic, found), service_url
        )
    for material in found:
        makers[f"DocumentReference/{material.id}"] = partial(to_document, material, service_url)
    for page in dict.fromkeys(material.handout.sha256 for material in found):
        makers[f"Binary/{page}"] = partial(binary, pack, page, read_page)
    return Knowledge(makers)


def for_citizens(resource: JsonObject) -> JsonObject:
    """Return the resource without what only a clinician is to read (decision 17).

    Serve this to a patient: `usage` has the physiotherapist's points.
    """
    return {element: value for element, value in resource.items() if element not in _CLINICAL}
