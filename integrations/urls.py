"""Addresses of integrations: the gallery, the wizard, one connection and what the outside calls."""

from django.urls import path

from integrations.views import callback, connection, gallery, mapping, messages, on_sale, push_address, wizard
from integrations.views.webhook import webhook

hotel = "h/<slug:slug>/integrations/"

urlpatterns = [
    path(hotel, gallery.gallery, name="integration_gallery"),
    path(f"{hotel}add/<slug:provider>/", wizard.wizard, name="connection_wizard"),
    path(f"{hotel}add/<slug:provider>/registration/", wizard.register, name="connection_register"),
    path(f"{hotel}add/<slug:provider>/connect/", wizard.connect, name="connection_connect"),
    path(f"{hotel}<int:pk>/", connection.detail, name="connection_detail"),
    path(f"{hotel}<int:pk>/do/<slug:action>/", connection.act, name="connection_action"),
    path(f"{hotel}<int:pk>/settings/", connection.settings, name="connection_settings"),
    path(f"{hotel}<int:pk>/progress/", wizard.progress, name="connection_progress"),
    path(f"{hotel}<int:pk>/rooms/", mapping.rooms, name="connection_mapping"),
    path(f"{hotel}<int:pk>/on-sale/", on_sale.page, name="connection_on_sale"),
    path(f"{hotel}<int:pk>/on-sale/do/<slug:action>/", on_sale.act, name="connection_on_sale_action"),
    path(f"{hotel}<int:pk>/push-address/", push_address.new_password, name="connection_push_password"),
    path(f"{hotel}<int:pk>/messages/", messages.message_list, name="connection_messages"),
    path(f"{hotel}<int:pk>/messages/replay/", messages.replay_failed, name="connection_messages_replay"),
    path(f"{hotel}<int:pk>/messages/<int:message_pk>/", messages.message, name="connection_message"),
    path(
        f"{hotel}<int:pk>/messages/<int:message_pk>/replay/",
        messages.replay_one,
        name="connection_message_replay",
    ),
    path("callback/<slug:provider>/", callback.callback, name="oauth_callback"),
    path("hooks/<slug:provider>/<str:token>/", webhook, name="webhook"),
]
