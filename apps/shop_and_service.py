"""The shop, and on the same port the routes of ``tryon serve``: one process, one set of networks."""

import streamlit as st

from apps import SHOP, services
from tryon.serve.app import HANDLERS, routes, running
from tryon.serve.jobs import Jobs
from tryon.serve.token import token

jobs = Jobs(services.pipeline)
app = st.App(SHOP, routes=routes(jobs, token=token()), lifespan=lambda _: running(jobs), exception_handlers=HANDLERS)
