import os, re
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
import pytest
from urllib.parse import parse_qs, urlsplit
from django.urls import reverse
from playwright.sync_api import sync_playwright
from tests.people import PASSWORD
from integrations.models import *
from integrations.sync import execute_run
from integrations.connections import *
from integrations.errors import *
from integrations.applications import redirect_uri

OUT="/tmp/pages-demo/"

@pytest.mark.django_db(transaction=True)
def test_shots(live_server, hotel, manager, octorate_sandbox, settings, monkeypatch):
    settings.PUBLIC_BASE_URL = live_server.url
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox","--disable-gpu","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"])
        pages = {}
        ctx = b.new_context(viewport={"width":1280,"height":900})
        page = ctx.new_page()
        errors=[]
        page.on("console", lambda m: errors.append(m.text) if m.type in("error","warning") else None)
        page.goto(live_server.url+"/accounts/login/")
        page.fill("input[name=login]", manager.email); page.fill("input[name=password]", PASSWORD); page.press("input[name=password]","Enter")
        page.wait_for_load_state()
        def shot(name):
            page.wait_for_load_state()
            for w,h in ((1280,900),(390,844)):
                page.set_viewport_size({"width":w,"height":h})
                page.screenshot(path=f"{OUT}{name}-{w}.png", full_page=True)
                over=page.evaluate("document.documentElement.scrollWidth-document.documentElement.clientWidth")
                if over: print("OVERFLOW",name,w,over)
            page.set_viewport_size({"width":1280,"height":900})
        monkeypatch.delenv("OCTORATE_CLIENT_SECRET")
        page.goto(live_server.url+reverse("integration_gallery",args=["paradise"])); shot("gallery-empty")
        page.goto(live_server.url+reverse("connection_wizard",args=["paradise","octorate"])); shot("w1-missing")
        manager.is_superuser=True; manager.save()
        page.reload(); shot("w1-operator")
        monkeypatch.setenv("OCTORATE_CLIENT_SECRET","llavero-demo-secret")
        page.goto(live_server.url+reverse("connection_wizard",args=["paradise","octorate"])); shot("w2")
        page.click("main button:has-text('Connect Octorate')"); page.wait_for_load_state()
        print("consent:", page.url)
        page.click("button[value=allow]"); page.wait_for_load_state()
        print("after:", page.url); shot("w3")
        page.click("a:has-text('Map properties')"); shot("mapping")
        page.click("button:has-text('Save and go on')"); page.wait_for_load_state(); print(page.url); shot("w4")
        page.click("button:has-text('Start the first import')"); page.wait_for_load_state(); shot("w4-queued")
        run=SyncRun.objects.get(kind="import")
        SyncRun.objects.filter(pk=run.pk).update(state="queued")
        execute_run(run.pk)
        page.wait_for_selector("text=See the reservations"); shot("w4-done")
        c=Connection.objects.get()
        page.goto(live_server.url+reverse("connection_detail",args=["paradise",c.pk])); shot("connection")
        page.goto(live_server.url+reverse("connection_mapping",args=["paradise",c.pk])+"?show=unmapped"); shot("mapping-unmapped")
        page.goto(live_server.url+reverse("connection_messages",args=["paradise",c.pk])); shot("messages")
        page.click("a:has-text('Open')"); shot("message")
        mark_failed(connection=c, error=NeedsReconnect("grant revoked"))
        page.goto(live_server.url+reverse("connection_detail",args=["paradise",c.pk])); shot("connection-bad")
        page.goto(live_server.url+reverse("integration_gallery",args=["paradise"])); shot("gallery")
        page.goto(live_server.url+"/callback/octorate/?state=x&code=y"); shot("callback-failed")
        print("ERRORS", errors)
        b.close()
