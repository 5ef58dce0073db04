"""The words that people label their AI usage logs with, in English, Spanish, Russian, Turkish and Korean."""

from __future__ import annotations

from graders.labels import vocabulary

LABELS = vocabulary(
    {
        "prompt": "prompt, prompts, my prompt, prompt used, prompts used, prompt given, prompt text, prompt summary, "
        "initial prompt, main prompt, main prompts, key prompt, key prompts, full prompt, exact prompt, user prompt, "
        "user message, asked, i asked, ask, what i asked, what i asked for, what was asked, what i prompted, request, "
        "my request, question, my question, query, instruction, instructions given, input, message, "
        "indicación, consulta, petición, solicitud, pregunta, instrucción, lo que pedí, qué pedí, "
        "промпт, промпты, промт, запрос, мой запрос, вопрос, что спросил, что я спросил, что попросил, задание, "
        "istem, istemler, soru, istek, komut, ne sordum, kullanılan prompt, "
        "프롬프트, 주요 프롬프트, 사용한 프롬프트, 질문, 요청, 지시, 입력, 요청 사항, 질문 내용",
        "correction": "correction, corrections, corrected, my correction, my corrections, human correction, change, "
        "changes, changed, my changes, changes made, what i changed, what i changed and why, modified, modification, "
        "modifications, edit, edits, my edits, manual edits, human edits, fix, fixes, override, overrides, overrode, "
        "overridden, override / correction, rejected, accepted, accepted/rejected, accepted / changed / rejected, "
        "kept, kept vs rewrote, kept / rewrote, what i kept, what i kept vs rewrote and why, what i kept vs rewrote, "
        "what i rejected, what i rewrote, what the ai got wrong, what ai got wrong, "
        "what the ai got wrong that i had to catch, what was wrong, what it got wrong, wrong, wrong/corrected, "
        "adapted, adaptation, adaptations, revision, revisions, revised, adjustment, adjustments, outcome, decision, "
        "course correction, pushback, used, by hand, human changes, manual changes, my edit, human input, rejections, "
        "used as is / adapted / rejected, disposition, accepted?, gaps, response to output, follow-up, followup, "
        "corrección, correcciones, cambios, modificaciones, ajustes, qué cambié, rechazado, rechazos, "
        "исправление, исправления, правки, правка, изменения, корректировка, корректировки, что изменил, "
        "что исправил, что я изменил, что я исправил, отклонено, "
        "düzeltme, düzeltmeler, değişiklik, değişiklikler, ne değiştirdim, düzeltilenler, reddedilen, "
        "수정, 수정사항, 수정 사항, 수정 내용, 변경, 변경사항, 변경 사항, 교정, 고친 점, 바꾼 점, 보완, 거절",
        "verification": "verification, verifications, verified, verify, verification step, verification steps, "
        "verified by, validation, validated, check, checks, checked, checked by, test, tests, tested, testing, "
        "how i verified, how i verified it, how verified, how i checked, how i checked it, how i tested, "
        "how i validated, how did you verify, proof, review, reviewed, my review, code review, evidence, "
        "verificación, validación, comprobación, comprobaciones, pruebas, cómo verifiqué, cómo lo verifiqué, revisión, "
        "проверка, проверки, верификация, валидация, тесты, тестирование, как проверил, как проверял, как я проверил, "
        "doğrulama, doğrulamalar, test edildi, testler, kontrol, nasıl doğruladım, nasıl test ettim, "
        "검증, 검증 방법, 확인, 확인 방법, 테스트, 검토",
        "response": "response, response summary, answer, reply, output, output summary, ai output, ai response, "
        "ai suggestion, suggestion, result, results, what it produced, what ai produced, what the ai produced, "
        "produced, generated, ai made, completion, respuesta, resultado, salida, ответ, результат, "
        "yanıt, cevap, çıktı, sonuç, 응답, 답변, 결과, 출력",
        "when": "date, time, timestamp, when, ts, datetime, date/time, date and time, day, started, fecha, hora, "
        "fecha y hora, дата, время, когда, tarih, saat, zaman, 날짜, 시간, 일시",
        "tool": "tool, tools, model, models, tool/model, tool model, tool used, ai tool, ai tools, assistant, agent, "
        "llm, ai, ai model, herramienta, herramientas, modelo, инструмент, инструменты, модель, araç, araçlar, model, "
        "도구, 사용 도구, 사용한 도구, 모델",
        "purpose": "purpose, goal, task, context, objective, area, topic, title, intent, summary, feature, step, "
        "scope, objetivo, tarea, propósito, contexto, цель, задача, контекст, тема, amaç, görev, bağlam, "
        "목적, 작업, 목표, 상황",
        "links": "links, link, commit, commits, file, files, files affected, files changed, affected files, refs, "
        "references, location, where, pr, pull request, archivos, enlaces, файлы, файл, ссылки, коммит, коммиты, "
        "dosyalar, bağlantılar, 파일, 링크, 커밋, 위치",
        "notes": "notes, note, comment, comments, learnings, learned, final understanding, notas, "
        "заметки, notlar, 메모, 비고",
        "id": "id, #, no, nr, n, entry, number, №, 번호",
    },
    stems={
        "verification": "verif, validat, how i check, how i test, tested, проверк, провер, doğrula, 검증, 확인 방법",
        "correction": "correct, i change, changes made, modif, overr, reject, rewrote, rewritten, adapted, got wrong, "
        "corrig, cambi, исправ, изменил, düzelt, değiştir, 수정, 변경, 바꾼, 고친",
        "prompt": "prompt, i asked, pedí, запрос, промпт, istem, 프롬프트",
        "response": "ai made, ai output, ai response, ai produced, ai suggest, response, output",
        "links": "files affected, files changed, commit",
        "when": "timestamp, date",
    },
    weak=(
        *("input", "output", "result", "results", "test", "tests", "check", "checks", "change", "changes", "file"),
        *("files", "link", "links", "date", "time", "day", "question", "request", "message", "answer", "reply"),
        *(
            "response",
            "ai",
            "model",
            "tool",
            "agent",
            "assistant",
            "no",
            "n",
            "id",
            "#",
            "nr",
            "number",
            "entry",
            "note",
        ),
        *("notes", "comment", "comments", "context", "task", "goal", "title", "step", "summary", "area", "topic"),
        *("feature", "scope", "where", "used", "kept", "wrong", "fix", "fixes", "edit", "edits", "decision", "ask"),
        *("gaps", "review", "evidence", "location", "commit", "commits", "references", "refs", "pr", "generated"),
        *("proof", "suggestion", "command", "started", "when"),
    ),
    order=("verification", "correction", "prompt", "links", "response", "when"),
)
"""Labels of an entry's parts. The first three fields are what is asked for; the others help to read an entry."""

STARTS_AN_ENTRY = frozenset({"prompt", "when", "id", "purpose", "tool"})
"""Fields of which an entry has one: where one comes again, the next entry begins."""
