"""What leads where in resources, and what they say beside it."""

from xml.etree.ElementTree import canonicalize


def resolved(node, places):
    """The resource as sent, with every reference to an entry led to what the entry became."""
    if isinstance(node, list):
        return [resolved(each, places) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: places.get(value, value) if leads(name, value) else resolved(value, places)
        for name, value in node.items()
    }


def leads(name, value):
    """CarePlan.activity has an element `reference` that is a whole Reference."""
    return name == "reference" and isinstance(value, str)


def said(resource):
    """What was said, without what the record adds; XML leaves the order of attributes open."""
    rest = {name: value for name, value in resource.items() if name not in ("id", "meta", "text")}
    return rest | {"div": canonicalize(resource["text"]["div"]), "tag": tags(resource)}


def tags(resource):
    return resource.get("meta", {}).get("tag", [])


def references(node):
    """Every reference anywhere below."""
    if isinstance(node, list):
        return {found for each in node for found in references(each)}
    if not isinstance(node, dict):
        return set()
    own = {value for name, value in node.items() if leads(name, value)}
    return own | references(list(node.values()))
