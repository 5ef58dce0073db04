"""The words that people label their AI usage logs with, in English, Spanish, Russian, Turkish and Korean."""

from __future__ import annotations

from graders.labels import vocabulary

LABELS = vocabulary(
    {
        "prompt": "prompt, q, prompts, my prompt, prompt used, prompts used, prompt given, prompt text, "
        "prompt summary, "
        "initial prompt, main prompt, main prompts, key prompt, key prompts, full prompt, exact prompt, "
        "user prompt, "
        "user message, asked, i asked, ask, what i asked, what i asked for, what was asked, what i prompted, "
        "request, "
        "my request, question, my question, query, instruction, instructions given, input, message, "
        "indicación, consulta, petición, solicitud, pregunta, instrucción, lo que pedí, qué pedí, "
        "промпт, промпты, промт, запрос, мой запрос, вопрос, что спросил, что я спросил, что попросил, задание, "
        "istem, istemler, soru, istek, komut, ne sordum, kullanılan prompt, "
        "프롬프트, 주요 프롬프트, 사용한 프롬프트, 질문, 요청, 지시, 입력, 요청 사항, 질문 내용"
        ", prompt summary (not verbatim), prompt / request, prompt or request, the prompt, prompt i used, "
        "prompt sent, "
        "prompts i used, key prompts used, main prompts used, the prompts, example prompts, sample prompts, "
        "important prompts, "
        "selected prompts, what was prompted, prompt excerpt, prompt verbatim, prompt (verbatim), "
        "original prompt, first prompt, "
        "what i typed, what i wrote, what we asked, what i told it, what i asked the ai, what i asked ai, "
        "what i asked claude, what i asked chatgpt, what i asked copilot, what i asked cursor, task given to ai, "
        "told it, ai prompt, ai request, human prompt, mensaje, el prompt, prompt usado, pedí, "
        "pedido, le pedí, lo que le pedí, qué le pedí, prompt utilizado, "
        "попросил, попросила, спросил, спросила, мой промпт, текст запроса, текст промпта, промпт (кратко), "
        "что просил, "
        "что просила, о чём просил, sorduğum, sorduğum soru, ne istedim, istediğim, sordum, istedim, "
        "verilen istem, "
        "girdi, talep, 무엇을 물었나, 무엇을 요청했나, 내가 물은 것, 물어본 것, 요청한 것, 요청한 내용, "
        "요청 내용, 지시 내용, "
        "입력한 프롬프트, 물어본 내용, "
        "gefragt, demandé, pedi, richiesto, anfrage, eingabe, frage, demande, requête, pergunta, pedido à "
        "ia, richiesta, 提示, 提示词, プロンプト, 質問",
        "correction": "correction, corrections, corrected, my correction, my corrections, human correction, "
        "change, "
        "changes, changed, my changes, changes made, what i changed, what i changed and why, modified, "
        "modification, "
        "modifications, edit, edits, my edits, manual edits, human edits, fix, fixes, override, overrides, "
        "overrode, "
        "overridden, override / correction, rejected, accepted, accepted/rejected, accepted / changed / rejected, "
        "kept, kept vs rewrote, kept / rewrote, what i kept, what i kept vs rewrote and why, what i kept vs "
        "rewrote, "
        "what i rejected, what i rewrote, what the ai got wrong, what ai got wrong, "
        "what the ai got wrong that i had to catch, what was wrong, what it got wrong, wrong, wrong/corrected, "
        "adapted, adaptation, adaptations, revision, revisions, revised, adjustment, adjustments, outcome, "
        "decision, "
        "course correction, pushback, used, by hand, human changes, manual changes, my edit, human input, "
        "rejections, "
        "used as is, used as-is, as is, adopted as is, used without changes, used with changes, modified "
        "before use, "
        "used as is / adapted / rejected, disposition, usage status, status of use, kullanım durumu, "
        "kullanım şekli, olduğu gibi, accepted?, gaps, response to output, follow-up, followup, "
        "corrección, correcciones, cambios, modificaciones, ajustes, qué cambié, rechazado, rechazos, "
        "исправление, исправления, правки, правка, изменения, корректировка, корректировки, что изменил, "
        "что исправил, что я изменил, что я исправил, отклонено, "
        "düzeltme, düzeltmeler, değişiklik, değişiklikler, ne değiştirdim, düzeltilenler, reddedilen, "
        "수정, 수정사항, 수정 사항, 수정 내용, 변경, 변경사항, 변경 사항, 교정, 고친 점, 바꾼 점, 보완, 거절"
        ", my action, action, actions taken, what i did, what i did instead, verdict, my verdict, my call, "
        "what i fixed, what i had to fix, what i had to change, changes i made, edits i made, "
        "corrections i made, fixes i made, my fixes, what i corrected, what was changed, what changed, "
        "what we changed, what i did with it, what i did differently, what i kept and rewrote, human edit, "
        "human override, overruled, overruled it, pushed back, i pushed back, where i pushed back, "
        "where ai was wrong, "
        "where the ai was wrong, where it was wrong, where it went wrong, what went wrong, ai mistake, ai "
        "mistakes, "
        "ai errors, mistake, mistakes, errors found, issues found, rejected suggestions, "
        "accepted?, accepted / rejected, accepted or rejected, accepted, changed or rejected, action taken, "
        "human decision, my decision, my take, final decision, disposition, adopted, adopted?, "
        "discarded, dropped, threw away, reworked, refined, refinement, refinements, iteration, iterations, "
        "tweaks, "
        "rewrote, rewritten, kept vs changed, kept / changed, edited, what i threw away, i changed, i fixed, "
        "i corrected, i rejected, i rewrote, "
        "corregido, corregí, lo que cambié, lo que corregí, qué corregí, qué rechacé, cambié, "
        "lo que rechacé, cambio, "
        "modificado, modifiqué, ajuste, errores de la ia, en qué se equivocó, decisión, "
        "исправил, исправила, поправил, поправила, что поправил, что поправила, что исправила, что изменила, "
        "изменил, "
        "изменила, переписал, отклонил, отклонила, что отклонил, отверг, ошибки ии, где ошибся, где ии ошибся, "
        "моя правка, мои правки, мои изменения, что переписал, решение, "
        "düzelttim, düzelttiğim, düzelttiklerim, değiştirdim, değiştirdiğim, değiştirdiklerim, reddettim, "
        "reddettiklerim, uyarlama, uyarladım, düzeltilen, yaptığım değişiklikler, yapılan değişiklikler, "
        "ne düzelttim, "
        "수정한 부분, 수정한 점, 수정한 것, 바꾼 부분, 바꾼 것, 고친 부분, 변경한 부분, 변경 내용, 변경점, "
        "내가 수정한 것, "
        "거절한 것, 거부, 반려, 직접 수정, 변경 + 이유, 변경 이유, 수정 및 이유, "
        "korrektur, korrekturen, änderung, änderungen, angepasst, geändert, korrigiert, verworfen, corrigé, "
        "modifié, rejeté, "
        "corrigido, alterado, corretto, modificato, issue, issues, bug, bugs, correction apportée, "
        "corrections apportées, "
        "modifications faites, "
        "correção, correções, alterações, correzione, correzioni, modifiche, 修正, 修改, 変更",
        "verification": "verification, verifications, verified, verify, verification step, verification steps, "
        "verified by, validation, validated, check, checks, checked, checked by, test, tests, tested, testing, "
        "how i verified, how i verified it, how verified, how i checked, how i checked it, how i tested, "
        "how i validated, how did you verify, proof, review, reviewed, my review, code review, evidence, "
        "verificación, validación, comprobación, comprobaciones, pruebas, cómo verifiqué, cómo lo verifiqué, "
        "revisión, "
        "проверка, проверки, верификация, валидация, тесты, тестирование, как проверил, как проверял, "
        "как я проверил, "
        "doğrulama, doğrulamalar, test edildi, testler, kontrol, nasıl doğruladım, nasıl test ettim, "
        "검증, 검증 방법, 확인, 확인 방법, 테스트, 검토"
        ", how i caught it, how i caught that, how i noticed, how i noticed it, how i found out, caught by, "
        "noticed by, how it was caught, "
        "how did i verify, how did i verify it, how we verified, how it was verified, how this was verified, "
        "how i know it works, how do i know, how i made sure, how i convinced myself, verified how, verified with, "
        "verification method, verification done, how verified?, test evidence, test run, tests run, tests i ran, "
        "how i tested it, how it was tested, how was it verified, how was it checked, how checked, "
        "double-checked, double checked, proven by, confirmed, confirmed by, qa, sanity check, sanity checks, "
        "i verified, i checked, i tested, verification / tests, ran, evidence of verification, "
        "verificado, verifiqué, comprobado, comprobé, cómo lo comprobé, cómo comprobé, cómo lo probé, cómo probé, "
        "prueba, probado, lo probé, validado, "
        "проверил, проверила, как проверила, как проверяла, чем проверил, способ проверки, как убедился, "
        "как убедилась, протестировал, протестировала, проверено, "
        "doğruladım, doğrulandı, nasıl kontrol ettim, kontrol ettim, test ettim, test, nasıl emin oldum, sınama, "
        "doğrulama adımları, doğrulama yöntemi, kontroller, "
        "확인한 방법, 확인한 것, 확인함, 검증한 방법, 검증 결과, 검증함, 테스트 결과, 테스트 방법, "
        "어떻게 확인했나, 확인 결과, "
        "prüfung, überprüfung, überprüft, geprüft, getestet, testé, testado, verificato, verifiquei, "
        "verifizierung, verifikation, vérification, vérifications, vérifié, "
        "verificação, verificações, validação, verifica, verifiche, 验证, 検証, 確認",
        "response": "response, response summary, answer, reply, output, output summary, ai output, ai response, "
        "ai suggestion, suggestion, result, results, what it produced, what ai produced, what the ai produced, "
        "produced, generated, ai made, completion, respuesta, resultado, salida, ответ, результат, "
        "yanıt, cevap, alınan cevap, alınan yanıt, cevap özeti, çıktı, sonuç, 응답, 답변, 결과, 출력"
        ", got, what i got, what came back, what it gave, what it gave me, gave, it gave, what claude did, "
        "what the model did, ai answer, ai reply, ai did, what ai did, response summary, what the ai did, "
        "produjo, lo que dio, qué generó, lo que generó, выдал, что выдал, что получил, ne verdi, aldığım yanıt, "
        "AI가 만든 것, AI 응답, AI 결과, 받은 답변",
        "when": "date, time, timestamp, when, ts, datetime, date/time, date and time, day, started, fecha, hora, "
        "fecha y hora, дата, время, когда, tarih, saat, zaman, 날짜, 시간, 일시",
        "tool": "tool, tools, model, models, tool/model, tool model, tool used, ai tool, ai tools, "
        "assistant, agent, "
        "llm, ai, ai model, herramienta, herramientas, modelo, инструмент, инструменты, модель, araç, "
        "araçlar, model, "
        "도구, 사용 도구, 사용한 도구, 모델"
        ", tool & model, which tool, herramienta usada, modelo usado, kullanılan araç, kullandığım araç, 사용 모델",
        "purpose": "purpose, goal, task, context, objective, area, topic, title, intent, summary, feature, step, "
        "scope, objetivo, tarea, propósito, contexto, цель, задача, контекст, тема, amaç, görev, bağlam, "
        "목적, 작업, 목표, 상황"
        ", why, why i used ai, what for, use case, component, module, part of the system, problem, story, ticket, "
        "para qué, contexto del problema, для чего, зачем, ne için, bileşen, 무엇을 위해, 배경",
        "links": "links, link, commit, commits, file, files, files affected, files changed, affected files, refs, "
        "references, location, where, pr, pull request, archivos, enlaces, файлы, файл, ссылки, коммит, коммиты, "
        "dosyalar, bağlantılar, 파일, 링크, 커밋, 위치",
        "notes": "notes, note, comment, comments, learnings, learned, final understanding, notas, "
        "заметки, notlar, 메모, 비고",
        "id": "id, #, no, nr, n, entry, number, №, 번호",
    },
    stems={
        "verification": "verif, validat, how i check, how i test, did i check, did i test, did you check, "
        "did you test, tested, checked, made sure, i know it, convinced, "
        "double-check, i proved, prove it, proved it, proved by, geprüft, überprüf, getestet, vérifi, "
        "testé, verific, "
        "comprob, lo probé, проверк, провер, убедил, doğrula, emin oldum, test ettim, 검증, 확인 방법, 확인한",
        "correction": "correct, i change, changes made, modif, overr, reject, rewrote, rewritten, adapted, "
        "got wrong, "
        "went wrong, was wrong, was off, was missing, it missed, mistake, не так, неверн, неправильн, "
        "estaba mal, falsch, hatalı, 잘못, "
        " i fixed, fixed by, had to fix, had to change, to be fixed, to be changed, "
        "pushed back, threw away, "
        "corrig, correg, cambié, cambio, rechac, equivoc, исправ, изменил, измени, поправ, помен, отклон, "
        "ошиб, переписал, "
        "geändert, korrigiert, angepasst, verworfen, corrigé, rejeté, j'ai changé, "
        "düzelt, değiştir, değişti, değişiklik, reddet, yanlış, 수정, 변경, 바꾼, 고친, 거절, 틀린",
        "prompt": "prompt, frage an, question to, вопрос к, pregunta a, i asked, gefragt, angefragt, "
        "demandé, did i ask, we asked, was asked, i typed, "
        "pedí, запрос, промпт, попросил, istem, "
        "sordu, 프롬프트, "
        "질문, 요청한, 요청했, 물었",
        "response": "ai answered, ai said, ai replied, ai gave, ai wrote, ai generated, ai did, answered, "
        "ai made, ai output, ai response, ai produced, ai suggest, response, output",
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
        *(
            "proof",
            "action",
            "suggestion",
            "command",
            "started",
            "when",
            "got",
            "gave",
            "ran",
            "said",
            "human",
            "confirmed",
            "issue",
            "issues",
            "bug",
            "bugs",
            "q",
            "qa",
        ),
        *("why", "problem", "component", "module", "ticket", "story", "iteration", "iterations", "mistake", "mistakes"),
        *(
            "dropped",
            "adopted",
            "edited",
            "tweaks",
            "decisión",
            "cambio",
            "prueba",
            "решение",
            "talep",
            "girdi",
            "test",
        ),
        *("mensaje", "frage", "demande", "pergunta", "wrote", "background", "задание", "вопрос", "pregunta", "soru"),
    ),
    order=("verification", "correction", "prompt", "links", "response", "when"),
)
"""Labels of an entry's parts. The first three fields are what is asked for; the others help to read an entry."""

STARTS_AN_ENTRY = frozenset({"prompt", "when", "id", "purpose", "tool"})
"""Fields of which an entry has one: where one comes again, the next entry begins."""
