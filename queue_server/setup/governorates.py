"""The governorates of Egypt as papers name them."""

from typing import Final

from queue_server.web.words import Words

GOVERNORATES: Final[dict[str, Words]] = {
    "cairo": Words("محافظة القاهرة", "Cairo Governorate"),
    "giza": Words("محافظة الجيزة", "Giza Governorate"),
    "qalyubia": Words("محافظة القليوبية", "Qalyubia Governorate"),
    "alexandria": Words("محافظة الإسكندرية", "Alexandria Governorate"),
    "beheira": Words("محافظة البحيرة", "Beheira Governorate"),
    "matrouh": Words("محافظة مطروح", "Matrouh Governorate"),
    "kafr-el-sheikh": Words("محافظة كفر الشيخ", "Kafr El-Sheikh Governorate"),
    "gharbia": Words("محافظة الغربية", "Gharbia Governorate"),
    "monufia": Words("محافظة المنوفية", "Monufia Governorate"),
    "dakahlia": Words("محافظة الدقهلية", "Dakahlia Governorate"),
    "damietta": Words("محافظة دمياط", "Damietta Governorate"),
    "sharqia": Words("محافظة الشرقية", "Sharqia Governorate"),
    "port-said": Words("محافظة بورسعيد", "Port Said Governorate"),
    "ismailia": Words("محافظة الإسماعيلية", "Ismailia Governorate"),
    "suez": Words("محافظة السويس", "Suez Governorate"),
    "north-sinai": Words("محافظة شمال سيناء", "North Sinai Governorate"),
    "south-sinai": Words("محافظة جنوب سيناء", "South Sinai Governorate"),
    "faiyum": Words("محافظة الفيوم", "Faiyum Governorate"),
    "beni-suef": Words("محافظة بني سويف", "Beni Suef Governorate"),
    "minya": Words("محافظة المنيا", "Minya Governorate"),
    "asyut": Words("محافظة أسيوط", "Asyut Governorate"),
    "sohag": Words("محافظة سوهاج", "Sohag Governorate"),
    "qena": Words("محافظة قنا", "Qena Governorate"),
    "luxor": Words("محافظة الأقصر", "Luxor Governorate"),
    "aswan": Words("محافظة أسوان", "Aswan Governorate"),
    "red-sea": Words("محافظة البحر الأحمر", "Red Sea Governorate"),
    "new-valley": Words("محافظة الوادي الجديد", "New Valley Governorate"),
}
