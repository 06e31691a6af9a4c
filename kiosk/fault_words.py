"""Says why the server is not believed, to whoever is called to help at a kiosk or workstation."""

from functools import partial

from core_services.l10n import Language, Messages
from core_services.link.trust import Fault


def fault_words(fault: Fault | None, messages: Messages, language: Language) -> str | None:
    """Return the sentence; None where nothing is wrong with the server's certificate."""
    _ = partial(messages.gettext, language)
    match fault:
        case None:
            return None
        case "wrong_certificate":
            return _("The server's certificate is not the centre's. Pair this machine again.")
        case "certificate_expired":
            return _("The server's certificate has ended. It is to be renewed on the server.")
        case "wrong_name":
            return _("The server's certificate is not for the address that is set up here.")
        case "clock_off":
            return _("The clock of this machine, or of the server, is wrong.")
        case "server_without_tls":
            return _("The server does not speak TLS at the address that is set up here.")
