import pytest


@pytest.fixture(autouse=True)
def folder_of_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR
