"""Which weather station: where it is, and from when to when its sunshine was measured there.

Weather offices and special regional stations (気象台, 特別地域気象観測所; numbers 47xxx) measure sunshine. At almost
all other AMeDAS stations the instrument was replaced in March 2021 by an estimate from satellite images: a label must
not come from an estimate of the cloud that the model is asked about.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .problems import InputError, InputProblem

# The change was on 2 March 2021; the whole month is left out. Midnight in Japan.
SATELLITE_SUNSHINE_FROM = datetime(2021, 2, 28, 15, tzinfo=UTC)

# Numbers of the same sites in the AMeDAS network, by which ten-minute values are published.
AMEDAS_NUMBERS = {47610: "48156", 47618: "48361", 47637: "48767", 47662: "44132"}

# Number, name in JMA's files, English name, latitude, longitude (degrees; JMA's station list, to a minute of arc or
# better). Mountain and island sites that are closed by now have data of earlier years.
OFFICES = """
47401 稚内 Wakkanai 45.415 141.6783
47402 北見枝幸 Kitamiesashi 44.94 142.585
47404 羽幌 Haboro 44.3633 141.7
47405 雄武 Omu 44.58 142.9633
47406 留萌 Rumoi 43.945 141.6317
47407 旭川 Asahikawa 43.7567 142.3717
47409 網走 Abashiri 44.0167 144.2783
47411 小樽 Otaru 43.1817 141.015
47412 札幌 Sapporo 43.06 141.3283
47413 岩見沢 Iwamizawa 43.2117 141.785
47417 帯広 Obihiro 42.9217 143.2117
47418 釧路 Kushiro 42.985 144.3767
47420 根室 Nemuro 43.33 145.585
47421 寿都 Suttsu 42.795 140.2233
47423 室蘭 Muroran 42.3117 140.975
47424 苫小牧 Tomakomai 42.6233 141.5467
47426 浦河 Urakawa 42.1617 142.7767
47428 江差 Esashi 41.8667 140.1233
47430 函館 Hakodate 41.8167 140.7533
47433 倶知安 Kutchan 42.9 140.7567
47435 紋別 Mombetsu 44.345 143.355
47440 広尾 Hiroo 42.2933 143.3167
47512 大船渡 Ofunato 39.0633 141.7133
47520 新庄 Shinjo 38.7567 140.3117
47570 若松 Wakamatsu 37.4883 139.91
47574 深浦 Fukaura 40.645 139.9317
47575 青森 Aomori 40.8217 140.7683
47576 むつ Mutsu 41.2833 141.21
47581 八戸 Hachinohe 40.5267 141.5217
47582 秋田 Akita 39.7167 140.0983
47584 盛岡 Morioka 39.6983 141.165
47585 宮古 Miyako 39.6467 141.965
47587 酒田 Sakata 38.9083 139.8433
47588 山形 Yamagata 38.255 140.345
47590 仙台 Sendai 38.2617 140.8967
47592 石巻 Ishinomaki 38.4267 141.2983
47595 福島 Fukushima 37.7583 140.47
47597 白河 Shirakawa 37.1317 140.215
47598 小名浜 Onahama 36.9467 140.9033
47600 輪島 Wajima 37.39 136.895
47602 相川 Aikawa 38.0283 138.24
47604 新潟 Niigata 37.8933 139.0183
47605 金沢 Kanazawa 36.5883 136.6333
47606 伏木 Fushiki 36.7917 137.055
47607 富山 Toyama 36.7083 137.2017
47610 長野 Nagano 36.6617 138.1917
47612 高田 Takada 37.1067 138.2467
47615 宇都宮 Utsunomiya 36.5483 139.8683
47616 福井 Fukui 36.055 136.2217
47617 高山 Takayama 36.155 137.2533
47618 松本 Matsumoto 36.2467 137.97
47620 諏訪 Suwa 36.045 138.1083
47622 軽井沢 Karuizawa 36.3417 138.5467
47624 前橋 Maebashi 36.405 139.06
47626 熊谷 Kumagaya 36.15 139.38
47629 水戸 Mito 36.38 140.4667
47631 敦賀 Tsuruga 35.6533 136.0617
47632 岐阜 Gifu 35.4 136.7617
47636 名古屋 Nagoya 35.1667 136.965
47637 飯田 Iida 35.5233 137.8217
47638 甲府 Kofu 35.6667 138.5533
47640 河口湖 Kawaguchiko 35.5 138.76
47641 秩父 Chichibu 35.99 139.0733
47646 つくば(館野) Tateno 36.0567 140.125
47648 銚子 Choshi 35.7383 140.8567
47649 上野 Ueno 34.7617 136.1417
47651 津 Tsu 34.7333 136.5183
47653 伊良湖 Irako 34.6283 137.0933
47654 浜松 Hamamatsu 34.7533 137.7117
47655 御前崎 Omaezaki 34.6033 138.2133
47656 静岡 Shizuoka 34.975 138.4033
47657 三島 Mishima 35.1133 138.925
47662 東京 Tokyo 35.6917 139.75
47663 尾鷲 Owase 34.0683 136.1933
47666 石廊崎 Irozaki 34.6033 138.8417
47668 網代 Ajiro 35.045 139.0917
47670 横浜 Yokohama 35.4383 139.6517
47672 館山 Tateyama 34.9867 139.865
47674 勝浦 Katsuura 35.15 140.3117
47675 大島 Oshima 34.7483 139.3617
47677 三宅島 Miyakejima 34.1233 139.52
47678 八丈島 Hachijojima 33.1217 139.7783
47682 千葉 Chiba 35.6017 140.1033
47684 四日市 Yokkaichi 34.94 136.58
47690 奥日光(日光) Nikko 36.7383 139.5
47740 西郷 Saigo 36.2033 133.3333
47741 松江 Matsue 35.4567 133.065
47742 境 Sakai 35.5433 133.235
47744 米子 Yonago 35.4333 133.3383
47746 鳥取 Tottori 35.4867 134.2383
47747 豊岡 Toyooka 35.535 134.8217
47750 舞鶴 Maizuru 35.45 135.3167
47751 伊吹山 Ibukiyama 35.4183 136.4133
47754 萩 Hagi 34.41 131.405
47755 浜田 Hamada 34.8967 132.07
47756 津山 Tsuyama 35.0633 134.0083
47759 京都 Kyoto 35.0133 135.7317
47761 彦根 Hikone 35.275 136.2433
47762 下関 Shimonoseki 33.9483 130.925
47765 広島 Hiroshima 34.3983 132.4617
47766 呉 Kure 34.24 132.55
47767 福山 Fukuyama 34.4467 133.2467
47768 岡山 Okayama 34.685 133.925
47769 姫路 Himeji 34.8383 134.67
47770 神戸 Kobe 34.6967 135.2117
47772 大阪 Osaka 34.6817 135.5183
47776 洲本 Sumoto 34.31 134.8483
47777 和歌山 Wakayama 34.2283 135.1633
47778 潮岬 Shionomisaki 33.45 135.7567
47780 奈良 Nara 34.6733 135.8367
47784 山口 Yamaguchi 34.1617 131.4617
47800 厳原 Izuhara 34.1967 129.2917
47805 平戸 Hirado 33.36 129.55
47807 福岡 Fukuoka 33.5817 130.375
47809 飯塚 Iizuka 33.6517 130.6933
47812 佐世保 Sasebo 33.1583 129.7267
47813 佐賀 Saga 33.265 130.305
47814 日田 Hita 33.3217 130.9283
47815 大分 Oita 33.235 131.6183
47817 長崎 Nagasaki 32.7333 129.8667
47818 雲仙岳 Unzendake 32.7367 130.2617
47819 熊本 Kumamoto 32.8133 130.7067
47821 阿蘇山 Asosan 32.88 131.0733
47822 延岡 Nobeoka 32.5817 131.6567
47823 阿久根 Akune 32.0267 130.2
47824 人吉 Hitoyoshi 32.2167 130.755
47827 鹿児島 Kagoshima 31.555 130.5467
47829 都城 Miyakonojo 31.73 131.0817
47830 宮崎 Miyazaki 31.9383 131.4133
47831 枕崎 Makurazaki 31.2717 130.2917
47835 油津 Aburatsu 31.5783 131.4067
47836 屋久島 Yakushima 30.385 130.6583
47837 種子島 Tanegashima 30.72 130.9817
47838 牛深 Ushibuka 32.1967 130.0267
47843 福江 Fukue 32.6933 128.8267
47887 松山 Matsuyama 33.8433 132.7767
47890 多度津 Tadotsu 34.275 133.7517
47891 高松 Takamatsu 34.3183 134.0533
47892 宇和島 Uwajima 33.2267 132.5517
47893 高知 Kochi 33.5667 133.5483
47894 剣山 Tsurugisan 33.8533 134.0967
47895 徳島 Tokushima 34.0667 134.5733
47897 宿毛 Sukumo 32.92 132.695
47898 清水 Shimizu 32.7217 133.01
47899 室戸岬 Murotomisaki 33.2517 134.1767
47909 名瀬 Naze 28.385 129.4933
47912 与那国島 Yonagunijima 24.4667 123.01
47917 西表島 Iriomotejima 24.4267 123.765
47918 石垣島 Ishigakijima 24.3367 124.1633
47927 宮古島 Miyakojima 24.7933 125.2783
47929 久米島 Kumejima 26.3367 126.8033
47936 那覇 Naha 26.2067 127.6867
47940 名護 Nago 26.5933 127.965
47942 沖永良部 Okinoerabu 27.4317 128.705
47945 南大東(南大東島) Minamidaitojima 25.8283 131.2283
47971 父島 Chichijima 27.0917 142.19
47991 南鳥島 Minamitorishima 24.2883 153.9833
"""


@dataclass(frozen=True)
class Station:
    """`name` is the one in JMA's files; `amedas` the five digits of the AMeDAS network, if known."""

    name: str
    english: str
    lat: float
    lon: float
    is_office: bool
    number: int | None = None
    amedas: str | None = None

    @property
    def label_until(self) -> datetime | None:
        """Sunshine from here on is an estimate; None: measured to this day."""
        return None if self.is_office else SATELLITE_SUNSHINE_FROM


def same_name(name: str) -> str:
    """Full-width and half-width brackets, letters and spaces are one; case does not matter."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def _offices() -> list[Station]:
    offices = []
    for line in OFFICES.strip().splitlines():
        number, name, english, lat, lon = line.split()
        offices.append(
            Station(name, english, float(lat), float(lon), True, int(number), AMEDAS_NUMBERS.get(int(number)))
        )
    return offices


def find_office(wanted: str) -> Station | None:
    """By number (47618, s47618), name in Japanese (松本) or in English (Matsumoto)."""
    key = same_name(wanted)
    number = re.fullmatch(r"s?(\d{5})", key)
    for office in _offices():
        short = re.sub(r"\(.*", "", office.name)
        if number and office.number == int(number[1]):
            return office
        if key in {same_name(office.name), same_name(short), same_name(office.english)}:
            return office
    return None


def resolve(wanted: str, lat: float | None = None, lon: float | None = None, amedas: str | None = None) -> Station:
    """The weather office of that name or number; another AMeDAS station if its position is given.

    An AMeDAS station may have the name of an office elsewhere (清水): a position far from the office means that one.

    @raises InputError if the station is not an office and its position is not given
    """
    office = find_office(wanted)
    if office is not None and (lat is None or lon is None or max(abs(lat - office.lat), abs(lon - office.lon)) < 0.1):
        return office if amedas is None else replace(office, amedas=amedas)
    if lat is None or lon is None:
        remedy = (
            "Give the number (47618), the Japanese or the English name of an office; for an AMeDAS station its name as "
            "in the files and its position: --station 穂高 --lat 36.34 --lon 137.88."
        )
        raise InputError([InputProblem("--station", f"no weather office is called {wanted!r}.", remedy)])
    if not (20 <= lat <= 46 and 122 <= lon <= 154):
        remedy = "Give degrees, --lat 20 to 46 and --lon 122 to 154."
        raise InputError([InputProblem("--lat, --lon", f"{lat}, {lon} is not in Japan.", remedy)])
    return Station(wanted, wanted, lat, lon, False, None, amedas)
