"""The addresses of people, proposals and companies."""

from django.urls import path

from cleaning import company_views, people_views, proposal_views

urlpatterns = [
    path("h/<slug:slug>/cleaning/assign/", proposal_views.cleaning_assign, name="cleaning_assign"),
    path("h/<slug:slug>/cleaning/people/", people_views.cleaning_people, name="cleaning_people"),
    path(
        "h/<slug:slug>/cleaning/people/<int:user_id>/",
        people_views.cleaning_people_person,
        name="cleaning_people_person",
    ),
    path("h/<slug:slug>/cleaning/teams/new/", people_views.cleaning_team_new, name="cleaning_team_new"),
    path("h/<slug:slug>/cleaning/teams/<int:pk>/", people_views.cleaning_team, name="cleaning_team"),
    path(
        "h/<slug:slug>/cleaning/companies/share/",
        people_views.cleaning_company_share,
        name="cleaning_company_share",
    ),
    path(
        "h/<slug:slug>/cleaning/companies/<int:pk>/", people_views.cleaning_company, name="cleaning_company"
    ),
    path("company/<slug:slug>/", company_views.company_home, name="company_home"),
    path("company/<slug:slug>/assign/", company_views.company_assign, name="company_assign"),
    path("company/<slug:slug>/people/", company_views.company_people, name="company_people"),
    path("company/<slug:slug>/people/<int:user_id>/", company_views.company_person, name="company_person"),
    path("company/<slug:slug>/teams/new/", company_views.company_team_new, name="company_team_new"),
    path("company/<slug:slug>/teams/<int:pk>/", company_views.company_team, name="company_team"),
]
