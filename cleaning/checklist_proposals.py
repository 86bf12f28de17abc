"""Lists to begin with, one per kind of work, in the three languages; a hotel changes them as it likes."""

from __future__ import annotations

from typing import NamedTuple

from cleaning.choices import TaskKind


class ProposedItem(NamedTuple):
    es: str
    fr: str
    en: str
    is_required: bool = False
    needs_photo: bool = False

    @property
    def texts(self) -> dict[str, str]:
        return {"es": self.es, "fr": self.fr, "en": self.en}


PROPOSALS: dict[TaskKind, tuple[ProposedItem, ...]] = {
    TaskKind.DEPARTURE: (
        ProposedItem(
            "Mirar si el huésped ha olvidado algo (armario, cajones, caja fuerte, bajo la cama)",
            "Vérifier si le client a oublié quelque chose (armoire, tiroirs, coffre, sous le lit)",
            "Look for things left behind (wardrobe, drawers, safe, under the bed)",
            True,
        ),
        ProposedItem(
            "Cambiar sábanas y fundas",
            "Changer les draps et les taies",
            "Change sheets and pillowcases",
            True,
        ),
        ProposedItem(
            "Limpiar y desinfectar el baño",
            "Nettoyer et désinfecter la salle de bains",
            "Clean and disinfect the bathroom",
            True,
        ),
        ProposedItem(
            "Poner toallas y amenities nuevos",
            "Remettre des serviettes et des produits d’accueil",
            "Put out fresh towels and toiletries",
            True,
        ),
        ProposedItem("Vaciar papeleras", "Vider les corbeilles", "Empty the bins"),
        ProposedItem(
            "Quitar el polvo y limpiar superficies",
            "Dépoussiérer et essuyer les surfaces",
            "Dust and wipe all surfaces",
        ),
        ProposedItem(
            "Aspirar y fregar el suelo",
            "Passer l’aspirateur et laver le sol",
            "Vacuum and mop the floor",
        ),
        ProposedItem(
            "Probar luces, televisor y aire acondicionado",
            "Essayer les lampes, la télévision et la climatisation",
            "Try the lights, the television and the air conditioning",
        ),
        ProposedItem(
            "Ventanas cerradas, cortinas en su sitio",
            "Fenêtres fermées, rideaux en place",
            "Windows closed, curtains in place",
        ),
    ),
    TaskKind.STAY_OVER: (
        ProposedItem("Hacer la cama", "Faire le lit", "Make the bed", True),
        ProposedItem(
            "Cambiar las toallas que están en el suelo",
            "Changer les serviettes laissées au sol",
            "Change the towels that lie on the floor",
        ),
        ProposedItem("Repasar el baño", "Rafraîchir la salle de bains", "Freshen up the bathroom", True),
        ProposedItem("Vaciar papeleras", "Vider les corbeilles", "Empty the bins"),
        ProposedItem(
            "No mover las cosas del huésped",
            "Ne pas déplacer les affaires du client",
            "Leave the guest’s things where they are",
        ),
    ),
    TaskKind.LINEN: (
        ProposedItem(
            "Cambiar sábanas y fundas",
            "Changer les draps et les taies",
            "Change sheets and pillowcases",
            True,
        ),
        ProposedItem(
            "Cambiar todas las toallas",
            "Changer toutes les serviettes",
            "Change all towels",
            True,
        ),
        ProposedItem("Repasar el baño", "Rafraîchir la salle de bains", "Freshen up the bathroom"),
        ProposedItem("Vaciar papeleras", "Vider les corbeilles", "Empty the bins"),
    ),
    TaskKind.ARRIVAL_CHECK: (
        ProposedItem("Ventilar la habitación", "Aérer la chambre", "Air the room"),
        ProposedItem(
            "Dejar correr el agua caliente dos minutos",
            "Laisser couler l’eau chaude deux minutes",
            "Let the hot water run for two minutes",
            True,
        ),
        ProposedItem(
            "Cama, baño y suelo sin polvo",
            "Lit, salle de bains et sol sans poussière",
            "Bed, bathroom and floor free of dust",
            True,
        ),
        ProposedItem(
            "Probar luces y televisor", "Essayer les lampes et la télévision", "Try lights and television"
        ),
    ),
    TaskKind.DEEP: (
        ProposedItem(
            "Apartar los muebles y limpiar detrás",
            "Déplacer les meubles et nettoyer derrière",
            "Move the furniture and clean behind it",
            True,
        ),
        ProposedItem("Girar el colchón", "Retourner le matelas", "Turn the mattress", True),
        ProposedItem(
            "Lavar cortinas y colcha", "Laver les rideaux et le couvre-lit", "Wash curtains and bedspread"
        ),
        ProposedItem(
            "Descalcificar grifos y ducha", "Détartrer les robinets et la douche", "Descale taps and shower"
        ),
        ProposedItem(
            "Limpiar los filtros del aire",
            "Nettoyer les filtres de la climatisation",
            "Clean the air filters",
        ),
        ProposedItem(
            "Limpiar cristales por dentro", "Laver les vitres à l’intérieur", "Clean the windows inside"
        ),
        ProposedItem(
            "Foto de la habitación terminada",
            "Photo de la chambre terminée",
            "Photo of the finished room",
            True,
            True,
        ),
    ),
    TaskKind.INSPECTION: (
        ProposedItem("Cama", "Lit", "Bed"),
        ProposedItem("Baño", "Salle de bains", "Bathroom"),
        ProposedItem("Suelo y superficies", "Sol et surfaces", "Floor and surfaces"),
        ProposedItem("Olor y temperatura", "Odeur et température", "Smell and temperature"),
        ProposedItem("Amenities completos", "Produits d’accueil au complet", "Toiletries complete"),
    ),
    TaskKind.EXTRA: (
        ProposedItem("Hecho como dice la nota", "Fait comme le dit la note", "Done as the note says"),
    ),
}
