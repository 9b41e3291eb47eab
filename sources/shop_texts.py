"""What customers of the simulated shop write: sentences by language and mood, of which a text has one to three."""

import random

# The model that enriches feedback (speed_layer/enrichment/model.py) finds the mood in each of them: a test holds it to that.
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "positive": (
            "Great quality, I love it.", "Fast delivery, thank you!", "Exactly what I wanted, very happy with it.",
            "Excellent service and a good price.", "My children love it, I would recommend it to my friends.",
        ),
        "neutral": (
            "It arrived on Tuesday.", "The colour is a little darker than on the picture.", "I have not tried it out yet.",
            "The parcel was left with a neighbour.", "It is smaller than I thought.",
        ),
        "negative": (
            "Terrible quality, it broke after two days.", "Very disappointed, I want my money back.",
            "The worst purchase I have made this year.", "It came damaged and nobody helps.",
            "Awful service, I am angry and will never order again.",
        ),
    },
    "pt": {
        "positive": (
            "Muito bom, gostei do produto e da entrega.", "Excelente qualidade, recomendo!", "Ótimo produto, chegou antes do prazo.",
            "Estou muito feliz com a compra.", "Adorei, é lindo e o preço é bom.",
        ),
        "neutral": (
            "O pacote chegou na terça.", "A cor é mais escura do que na foto.", "Vou usar na semana que vem.",
            "O pacote ficou com o vizinho.", "Veio em duas caixas.",
        ),
        "negative": (
            "Produto horrível, veio quebrado.", "Péssima qualidade, estou com raiva.", "Muito ruim, quero meu dinheiro de volta.",
            "Estou decepcionado, o atendimento é péssimo.", "Veio com defeito, uma vergonha.",
        ),
    },
    "zh": {
        "positive": (
            "质量很好，很喜欢，下次还会买。", "物流很快，包装很好，非常满意。", "性价比高，值得推荐。", "孩子很喜欢，很漂亮。", "服务态度很好，非常喜欢。",
        ),
        "neutral": ("星期二收到的。", "颜色比图片深一点。", "还没有用。", "什么时候发货", "星期五去取包裹。"),
        "negative": (
            "太差了，质量很差，再也不买了。", "用了两天就坏了，非常失望。", "客服态度很差，不退款，垃圾。", "收到就是坏的，太糟糕了。", "假货，骗人，差评。",
        ),
    },
}  # fmt: skip
EMOJI = {"positive": "😊", "neutral": "", "negative": "😡"}
MOODS = (None, "negative", "negative", "neutral", "positive", "positive")  # by rating
EMOJI_SHARE, SEVERAL_LINES_SHARE = 0.1, 0.2


def text(draw: random.Random, language: str, mood: str) -> str:
    """One to three sentences, some of them on lines of their own, some with an emoji behind."""
    chosen = draw.sample(SENTENCES[language][mood], draw.choice((1, 1, 2, 3)))
    between = "\n" if draw.random() < SEVERAL_LINES_SHARE else "" if language == "zh" else " "
    behind = f" {EMOJI[mood]}" if EMOJI[mood] and draw.random() < EMOJI_SHARE else ""
    return between.join(chosen) + behind
