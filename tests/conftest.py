"""What holds for every test."""

import os

from hypothesis import settings

for _name in ("no_proxy", "NO_PROXY"):  # who runs the tests may sit behind a proxy; the servers of the tests do not
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1,localhost,::1")))

settings.register_profile("spectra", deadline=None)  # how long an example takes says nothing on a busy machine
settings.load_profile("spectra")
