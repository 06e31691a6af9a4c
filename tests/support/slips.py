"""A ticket and a centre as their slip needs them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from core_services.link.greeting_frames import CentreNames
from core_services.link.vocabulary import WaitRange

KAFR_SAQR = CentreNames(
    code="KFS",
    name_ar="المركز التكنولوجي لخدمة المواطنين",
    name_en="Technology Centre for Citizen Service",
    unit_ar="الوحدة المحلية لمركز ومدينة كفر صقر",
    unit_en="Local Unit of Kafr Saqr Centre and City",
    governorate_ar="محافظة الشرقية",
    governorate_en="Sharqia Governorate",
)
TICKET: dict[str, Any] = {
    "id": UUID(int=1),
    "label": "142",
    "display_label": "١٤٢",
    "number": 142,
    "series": "",
    "queue": "unified",
    "service": "reconciliation",
    "service_ar": "طلب تصالح",
    "service_en": "Reconciliation request",
    "papers_ar": ["أصل البطاقة وصورتها"],
    "papers_en": ["Your ID card and a copy of it"],
    "priority": "none",
    "position": 13,
    "wait": WaitRange(low_s=1200, likely_s=1500, high_s=1800),
    "issued_at": datetime(2026, 11, 22, 7, 14, tzinfo=UTC),
    "business_day": date(2026, 11, 22),
    "language": "ar",
    "status_url": None,
}
