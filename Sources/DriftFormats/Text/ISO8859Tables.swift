/// The characters of encodings of one byte per character: of the bytes 0x80…0xFF for Windows' code pages, of
/// 0xA0…0xFF for ISO 8859, where 0x80…0x9F are control characters. U+FFFD: the byte stands for nothing.
extension TextEncoding {
    static let iso8859_1Characters =
        "\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯"
        + "°±²³´µ¶·¸¹º»¼½¾¿"
        + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ"
        + "ÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß"
        + "àáâãäåæçèéêëìíîï"
        + "ðñòóôõö÷øùúûüýþÿ"

    static let iso8859_2Characters =
        "\u{A0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{AD}ŽŻ"
        + "°ą˛ł´ľśˇ¸šşťź˝žż"
        + "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎ"
        + "ĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß"
        + "ŕáâăäĺćçčéęëěíîď"
        + "đńňóôőö÷řůúűüýţ˙"

    static let iso8859_3Characters =
        "\u{A0}Ħ˘£¤\u{FFFD}Ĥ§¨İŞĞĴ\u{AD}\u{FFFD}Ż"
        + "°ħ²³´µĥ·¸ışğĵ½\u{FFFD}ż"
        + "ÀÁÂ\u{FFFD}ÄĊĈÇÈÉÊËÌÍÎÏ"
        + "\u{FFFD}ÑÒÓÔĠÖ×ĜÙÚÛÜŬŜß"
        + "àáâ\u{FFFD}äċĉçèéêëìíîï"
        + "\u{FFFD}ñòóôġö÷ĝùúûüŭŝ˙"

    static let iso8859_4Characters =
        "\u{A0}ĄĸŖ¤ĨĻ§¨ŠĒĢŦ\u{AD}Ž¯"
        + "°ą˛ŗ´ĩļˇ¸šēģŧŊžŋ"
        + "ĀÁÂÃÄÅÆĮČÉĘËĖÍÎĪ"
        + "ĐŅŌĶÔÕÖ×ØŲÚÛÜŨŪß"
        + "āáâãäåæįčéęëėíîī"
        + "đņōķôõö÷øųúûüũū˙"

    static let iso8859_5Characters =
        "\u{A0}ЁЂЃЄЅІЇЈЉЊЋЌ\u{AD}ЎЏ"
        + "АБВГДЕЖЗИЙКЛМНОП"
        + "РСТУФХЦЧШЩЪЫЬЭЮЯ"
        + "абвгдежзийклмноп"
        + "рстуфхцчшщъыьэюя"
        + "№ёђѓєѕіїјљњћќ§ўџ"

    static let iso8859_6Characters =
        "\u{A0}\u{FFFD}\u{FFFD}\u{FFFD}¤\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}،\u{AD}\u{FFFD}\u{FFFD}"
        + "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{61B}\u{FFFD}\u{FFFD}\u{FFFD}\u{61F}"
        + "\u{FFFD}\u{621}\u{622}\u{623}\u{624}\u{625}\u{626}\u{627}\u{628}\u{629}\u{62A}\u{62B}\u{62C}\u{62D}\u{62E}\u{62F}"
        + "\u{630}\u{631}\u{632}\u{633}\u{634}\u{635}\u{636}\u{637}\u{638}\u{639}\u{63A}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
        + "\u{640}\u{641}\u{642}\u{643}\u{644}\u{645}\u{646}\u{647}\u{648}\u{649}\u{64A}\u{64B}\u{64C}\u{64D}\u{64E}\u{64F}"
        + "\u{650}\u{651}\u{652}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"

    static let iso8859_7Characters =
        "\u{A0}‘’£€₯¦§¨©ͺ«¬\u{AD}\u{FFFD}―"
        + "°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏ"
        + "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟ"
        + "ΠΡ\u{FFFD}ΣΤΥΦΧΨΩΪΫάέήί"
        + "ΰαβγδεζηθικλμνξο"
        + "πρςστυφχψωϊϋόύώ\u{FFFD}"

    static let iso8859_8Characters =
        "\u{A0}\u{FFFD}¢£¤¥¦§¨©×«¬\u{AD}®¯"
        + "°±²³´µ¶·¸¹÷»¼½¾\u{FFFD}"
        + "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
        + "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}‗"
        + "\u{5D0}\u{5D1}\u{5D2}\u{5D3}\u{5D4}\u{5D5}\u{5D6}\u{5D7}\u{5D8}\u{5D9}\u{5DA}\u{5DB}\u{5DC}\u{5DD}\u{5DE}\u{5DF}"
        + "\u{5E0}\u{5E1}\u{5E2}\u{5E3}\u{5E4}\u{5E5}\u{5E6}\u{5E7}\u{5E8}\u{5E9}\u{5EA}\u{FFFD}\u{FFFD}\u{200E}\u{200F}\u{FFFD}"

    static let iso8859_9Characters =
        "\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯"
        + "°±²³´µ¶·¸¹º»¼½¾¿"
        + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ"
        + "ĞÑÒÓÔÕÖ×ØÙÚÛÜİŞß"
        + "àáâãäåæçèéêëìíîï"
        + "ğñòóôõö÷øùúûüışÿ"

    static let iso8859_10Characters =
        "\u{A0}ĄĒĢĪĨĶ§ĻĐŠŦŽ\u{AD}ŪŊ"
        + "°ąēģīĩķ·ļđšŧž―ūŋ"
        + "ĀÁÂÃÄÅÆĮČÉĘËĖÍÎÏ"
        + "ÐŅŌÓÔÕÖŨØŲÚÛÜÝÞß"
        + "āáâãäåæįčéęëėíîï"
        + "ðņōóôõöũøųúûüýþĸ"

    static let iso8859_11Characters =
        "\u{A0}กขฃคฅฆงจฉชซฌญฎฏ"
        + "ฐฑฒณดตถทธนบปผฝพฟ"
        + "ภมยรฤลฦวศษสหฬอฮฯ"
        + "ะ\u{E31}าำ\u{E34}\u{E35}\u{E36}\u{E37}\u{E38}\u{E39}\u{E3A}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}฿"
        + "เแโใไๅๆ\u{E47}\u{E48}\u{E49}\u{E4A}\u{E4B}\u{E4C}\u{E4D}\u{E4E}๏"
        + "๐๑๒๓๔๕๖๗๘๙๚๛\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"

    static let iso8859_13Characters =
        "\u{A0}”¢£¤„¦§Ø©Ŗ«¬\u{AD}®Æ"
        + "°±²³“µ¶·ø¹ŗ»¼½¾æ"
        + "ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻ"
        + "ŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽß"
        + "ąįāćäåęēčéźėģķīļ"
        + "šńņóōõö÷ųłśūüżž’"

    static let iso8859_14Characters =
        "\u{A0}Ḃḃ£ĊċḊ§Ẁ©ẂḋỲ\u{AD}®Ÿ"
        + "ḞḟĠġṀṁ¶ṖẁṗẃṠỳẄẅṡ"
        + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ"
        + "ŴÑÒÓÔÕÖṪØÙÚÛÜÝŶß"
        + "àáâãäåæçèéêëìíîï"
        + "ŵñòóôõöṫøùúûüýŷÿ"

    static let iso8859_15Characters =
        "\u{A0}¡¢£€¥Š§š©ª«¬\u{AD}®¯"
        + "°±²³Žµ¶·ž¹º»ŒœŸ¿"
        + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ"
        + "ÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß"
        + "àáâãäåæçèéêëìíîï"
        + "ðñòóôõö÷øùúûüýþÿ"

    static let iso8859_16Characters =
        "\u{A0}ĄąŁ€„Š§š©Ș«Ź\u{AD}źŻ"
        + "°±ČłŽ”¶·žčș»ŒœŸż"
        + "ÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏ"
        + "ĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚß"
        + "àáâăäćæçèéêëìíîï"
        + "đńòóôőöśűùúûüęțÿ"
}
