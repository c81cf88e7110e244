"""Files that take long are begun first, and none that was renamed is waited for at the end."""

from tests import databases, longest_first


def test_every_file_of_the_list_is_there():
    assert [name for name in longest_first.FILES if not (databases.ROOT / name).is_file()] == []


def test_a_file_of_the_list_comes_before_all_others():
    first = f"{longest_first.FILES[0]}::test_x"

    assert min(["tests/api/test_x.py::test_x", first], key=longest_first.rank) == first
